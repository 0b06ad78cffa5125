/* SPDX-License-Identifier: MIT */
#include "tests/async/alignment.h"

#include "nanorun/rt/group.h"

#if defined(_MSC_VER) && !defined(__GNUC__)
#define ALIGNAS(n) __declspec(align(n))
#else
#define ALIGNAS(n) _Alignas(n)
#endif

typedef struct line16 {
    ALIGNAS(16) int n;
} line16;
typedef struct line32 {
    ALIGNAS(32) int n;
} line32;
typedef struct line64 {
    ALIGNAS(64) int n;
} line64;

enum { ROUNDS = 20 };

static bool is_misaligned(const void *place, size_t align)
{
    return (uintptr_t)place % align != 0;
}

/* A function that calls itself, so that several frames of its size are in use
 * at once. It returns what it was given, less the number of misaligned objects
 * in all its calls. */
#define ALIGNED(name, type, extra)                                       \
    ASYNC_FN(type, name, ((type, given), (int, depth)), char pad[extra]; \
             type own, below; int wrong;)                                \
    {                                                                    \
        ASYNC_BEGIN(name);                                               \
        self->pad[0] = 1;                                                \
        self->own = self->given;                                         \
        YIELD_NOW();                                                     \
        self->wrong = is_misaligned(&self->given, _Alignof(type)) +      \
                      is_misaligned(&self->own, _Alignof(type)) +        \
                      is_misaligned(&self->below, _Alignof(type)) +      \
                      is_misaligned(&self->result, _Alignof(type));      \
        if (self->depth > 0) {                                           \
            AWAIT(self->below, name(self->own, self->depth - 1));        \
            self->wrong += self->given.n - self->below.n;                \
        }                                                                \
        self->own.n -= self->wrong;                                      \
        ASYNC_RETURN(self->own);                                         \
        ASYNC_END;                                                       \
    }

/* A frame at an edge is so large that a thread keeps its block, but not the
 * block of the same frame with a task in front. A large one is never kept. */
#define EACH(F)       \
    F(16, small, 1)   \
    F(16, medium, 95) \
    F(16, edge, 350)  \
    F(16, large, 700) \
    F(32, small, 1)   \
    F(32, medium, 95) \
    F(32, edge, 270)  \
    F(32, large, 700) \
    F(64, small, 1)   \
    F(64, edge, 95)   \
    F(64, large, 700)

#define DEFINE(align, size, extra) ALIGNED(size##align, line##align, extra)
EACH(DEFINE)

/* One of them, of the value n. */
#define CALL(align, size, n) size##align((line##align){n}, 3)

/* The locals of the callers: of each function a handle and what it answers. */
#define LOCALS(align, size, extra)            \
    JOIN_HANDLE(size##align) h_##size##align; \
    line##align got_##size##align;
#define COUNT(align, size, extra)                  \
    self->wrong += 7 != self->got_##size##align.n; \
    self->wrong += is_misaligned(&self->got_##size##align, align);

#define AWAIT_IT(align, size, extra) \
    AWAIT(self->got_##size##align, CALL(align, size, 7));
ASYNC_DEFINE(int, misaligned_awaited, (), EACH(LOCALS) int i, wrong;)
{
    ASYNC_BEGIN(misaligned_awaited);
    for (self->i = 0; self->i < ROUNDS; self->i++) {
        EACH(AWAIT_IT)
        EACH(COUNT)
    }
    ASYNC_RETURN(self->wrong);
    ASYNC_END;
}

#define SPAWN_IT(align, size, extra) \
    self->h_##size##align = SPAWN(CALL(align, size, 7));
#define JOIN_IT(align, size, extra) \
    AWAIT(self->got_##size##align, JOIN(self->h_##size##align));
ASYNC_DEFINE(int, misaligned_spawned, (), EACH(LOCALS) int i, wrong;)
{
    ASYNC_BEGIN(misaligned_spawned);
    for (self->i = 0; self->i < ROUNDS; self->i++) {
        EACH(SPAWN_IT)
        EACH(JOIN_IT)
        EACH(COUNT)
    }
    ASYNC_RETURN(self->wrong);
    ASYNC_END;
}

/* In ALL, in SELECT and in TIMEOUT_MS. */
#define BRANCH_IT(align, size, extra)                                    \
    AWAIT(ALL(INTO(&self->got_##size##align, CALL(align, size, 7)),      \
              CALL(align, size, 1)));                                    \
    self->wrong += 7 != self->got_##size##align.n;                       \
    AWAIT(self->error,                                                   \
          SELECT(INTO(&self->got_##size##align, CALL(align, size, 6)))); \
    self->wrong += 6 != self->got_##size##align.n;                       \
    AWAIT(self->error, TIMEOUT_MS(UINT64_MAX, CALL(align, size, 7),      \
                                  &self->got_##size##align));            \
    self->wrong += self->error != 0;
ASYNC_DEFINE(int, misaligned_in_branches, (), EACH(LOCALS) int i, wrong, error;)
{
    ASYNC_BEGIN(misaligned_in_branches);
    for (self->i = 0; self->i < ROUNDS; self->i++) {
        EACH(BRANCH_IT)
        EACH(COUNT)
    }
    ASYNC_RETURN(self->wrong);
    ASYNC_END;
}

#define GROUP_IT(align, size, extra) \
    GROUP_SPAWN(&self->group,        \
                INTO(&self->got_##size##align, CALL(align, size, 7)));
ASYNC_DEFINE(int, misaligned_in_a_group, (), EACH(LOCALS) int i, wrong;
             nr_group group;)
{
    ASYNC_BEGIN(misaligned_in_a_group);
    nr_group_init(&self->group);
    for (self->i = 0; self->i < ROUNDS; self->i++) {
        EACH(GROUP_IT)
        AWAIT(nr_group_join(&self->group));
        EACH(COUNT)
    }
    nr_group_deinit(&self->group);
    ASYNC_RETURN(self->wrong);
    ASYNC_END;
}
