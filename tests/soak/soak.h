// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SOAK_SOAK_H
#define NANORUN_TESTS_SOAK_SOAK_H

// What the kinds of work in a soak share. A kind does a fixed amount of work on
// whatever runtime it is put on, may be cancelled there at any moment by the
// end of that runtime, and afterwards knows whether everything adds up.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanorun/async.h"
#include "nanorun/sys/memory.h"
#include "tests/support/random.h"

// How much of the work is done where a tool makes everything slow.
enum { SOAK_SHARE = NR_SYS_MEMORY_CHECKED ? 4 : 1 };

// ---- what does not hold ----

// Prints it, and the soak goes on but fails. Threads: any.
void soak_fail(const char *what, const char *file, int line);
uint64_t soak_failures();

#define SOAK_CHECK(condition) \
    ((condition) ? (void)0 : soak_fail(#condition, __FILE__, __LINE__))

// ---- counts of one sort of task, over the whole soak ----

// How far a frame has come. Its FINALLY runs even if it never began.
struct Life {
    bool has_begun, has_returned;
};

struct Tally {
    Tally(const char *tasks, const char *unit);

    // Each frame calls begin first and end in its FINALLY.
    void begin(Life *life)
    {
        life->has_begun = true;
        begun++;
    }
    void end(const Life &life)
    {
        (life.has_returned ? finished : life.has_begun ? cut : unbegun)++;
    }

    const char *tasks, *unit; // their names
    std::atomic<uint64_t> begun{0}, finished{0}, cut{0}, unbegun{0};
    std::atomic<uint64_t> amount{0}; // of what the unit names
};

// Every Tally there is; they are static objects.
const std::vector<Tally *> &soak_tallies();

// ---- chance ----

// A seed for one of many that begin with the same.
inline uint32_t soak_seed(uint32_t seed, uint32_t i)
{
    return (seed ^ (i + 1) * 2654435761u) * 2246822519u;
}

// ---- kinds ----

class Work
{
  public:
    virtual ~Work() = default;
    // Spawns it there; once.
    virtual void start(nr_handle *on, uint32_t seed) = 0;
    // Waits for its end, by a task of `on`. Returns as JOIN_STATUS does.
    virtual int join(nr_runtime *on) = 0;
    // Once nothing of it runs any more: whether everything adds up. Where its
    // runtime ended meanwhile it may have done a part of the work only, even
    // if it has returned: what it spawned was refused or cancelled.
    virtual void check(bool was_cut) = 0;
};

// The whole of W, which async function F runs, but for its check.
template <class W, class F, F *(*f)(W *, uint32_t)> class WorkOf : public Work
{
  public:
    void start(nr_handle *on, uint32_t seed) override
    {
        task_ = SPAWN_ON(on, f(static_cast<W *>(this), seed));
    }
    int join(nr_runtime *on) override
    {
        return BLOCK_ON(on, JOIN_STATUS(task_));
    }

  private:
    F **task_ = nullptr;
};

std::unique_ptr<Work> soak_echo();   // sockets: clients of a server
std::unique_ptr<Work> soak_pipes();  // channels
std::unique_ptr<Work> soak_locks();  // mutex, semaphore, barrier, notify
std::unique_ptr<Work> soak_timing(); // sleeps, bounds, combinations, groups

// ---- for plain threads ----

// Spawns on `on`, which may end meanwhile if `may_end`, aborts some, leaves
// some, and joins the rest on `other`, which does not end.
void soak_storm(nr_handle *on, bool may_end, nr_runtime *other, uint32_t seed);

// Makes and ends runtimes, each with a random program on it.
void soak_programs(uint32_t seed);

#endif
