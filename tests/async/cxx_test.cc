/* SPDX-License-Identifier: MIT */

/* The language in a C++17 translation unit. */
#include "nanorun/async.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "tests/async/cxx_namesake.h"
#include "tests/async/language.h"
#include "tests/support/one_worker.h"

/* Outside a namespace, as the one in cxx_namesake.cc is. */
ASYNC_FN(int, namesake, ())
{
    ASYNC_BEGIN(namesake);
    ASYNC_RETURN(42);
    ASYNC_END;
}

namespace
{

struct point {
    int x = 1;
    int y = 2;
};

ASYNC_FN(point, point_new, ((int, x), (int, y)), point made;)
{
    ASYNC_BEGIN(point_new);
    YIELD_NOW();
    self->made.x = self->x;
    self->made.y = self->y;
    ASYNC_RETURN(self->made);
    ASYNC_END;
}

ASYNC_FN(void, note, ((char, event)))
{
    ASYNC_BEGIN(note);
    journal_add(self->event);
    ASYNC_END;
}

ASYNC_FN(int, manhattan, ((int, x), (int, y)), point p; int error; int got;
         JOIN_HANDLE(step) h;)
{
    ASYNC_BEGIN(manhattan);
    AWAIT(self->p, point_new(self->x, self->y));
    self->h = SPAWN(step(self->p.x));
    AWAIT(self->error, JOIN_STATUS(self->h, &self->got));
    if (self->error != 0)
        ASYNC_RETURN(self->error);
    AWAIT(self->error, TIMEOUT_MS(1000, step(self->p.y), &self->p.y));
    ASYNC_RETURN(self->got + self->p.y);
    ASYNC_FINALLY;
    AWAIT(note('f'));
    ASYNC_END;
}

class id
{
  public:
    explicit id(int value) : value_(value)
    {
    }

    int value() const
    {
        return value_;
    }

  private:
    int value_;
};

/* Types with constructors, none of which has to run for a zeroed object. */
ASYNC_FN(id, id_after, ((id, before)), std::atomic<int> counter;)
{
    ASYNC_BEGIN(id_after);
    self->counter += self->before.value();
    YIELD_NOW();
    self->counter++;
    ASYNC_RETURN(id(self->counter));
    ASYNC_END;
}

ASYNC_FN(int, value_after, ((int, before)), id got;)
{
    ASYNC_BEGIN(value_after);
    AWAIT(self->got, id_after(id(self->before)));
    ASYNC_RETURN(self->got.value());
    ASYNC_END;
}

class Cxx : public OneWorker
{
};

TEST_F(Cxx, AsyncFunctionsAreDefinedAwaitedAndSpawned)
{
    EXPECT_EQ(BLOCK_ON(rt, manhattan(30, 4)), 34);
    EXPECT_STREQ(journal_text(), "f");
}

TEST_F(Cxx, ResultsAndHandlesHaveTheirTypes)
{
    point p = BLOCK_ON(rt, point_new(5, 6));
    EXPECT_EQ(p.x, 5);
    EXPECT_EQ(p.y, 6);
    JOIN_HANDLE(point_new) h = SPAWN_ON(handle, point_new(7, 8));
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &p)), 0);
    EXPECT_EQ(p.x, 7);
    BLOCK_ON(rt, note('n'));
    EXPECT_STREQ(journal_text(), "n");
}

TEST_F(Cxx, ClassesNeedNoDefaultConstructor)
{
    EXPECT_EQ(BLOCK_ON(rt, id_after(id(3))).value(), 4);
    EXPECT_EQ(BLOCK_ON(rt, value_after(5)), 6);
}

TEST_F(Cxx, FunctionsOfTwoFilesMayHaveOneName)
{
    EXPECT_EQ(BLOCK_ON(rt, namesake()), 42);
    EXPECT_EQ(run_namesake(rt), 8);
    EXPECT_EQ(BLOCK_ON(rt, namesake()), 42);
}

TEST_F(Cxx, AnAbortedTaskJoinsWithThat)
{
    JOIN_HANDLE(nr_sleep_ms) h = SPAWN_ON(handle, nr_sleep_ms(UINT64_MAX));
    ABORT(h);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
}

/* Functions that are macros, too, for the place of the call. */
TEST(CxxTest, TheEndOfARuntimeIsADeleterAndHasAQualifiedName)
{
    std::unique_ptr<nr_runtime, decltype(&nr_runtime_destroy)> rt(
        nr_runtime_create(nullptr), nr_runtime_destroy);
    EXPECT_EQ(BLOCK_ON(rt.get(), step(1)), 1);
    ::nr_runtime_destroy(nr_runtime_create(nullptr));
    EXPECT_EQ(::nr_runtime_shutdown(rt.release(), 1000), 0);
}

} // namespace
