// SPDX-License-Identifier: MIT

// Everything at once, on real threads and sockets, for as long as one likes:
//
//     soak [--seconds=N | --epochs=N] [--seed=N]
//
// In each epoch every kind of work runs on a runtime of that epoch and on one
// that lives for the whole soak, while plain threads spawn on both and make
// runtimes of their own. Every other epoch, by chance, ends its runtime in
// the middle of it all. At the end everything that began has ended and was
// cleaned up, and the process has what it had before. Exits 0 if all of that
// holds.

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "tests/soak/process.h"
#include "tests/soak/soak.h"

namespace
{

enum {
    WORKERS_MAX = 4,
    TURNS_BITS = 11,
    REPORT_S = 30,
    EPOCH_S_MAX = 240,
    SHUTDOWN_MS = 600000
};

typedef std::chrono::steady_clock Clock;

struct Options {
    unsigned long seconds = 60, epochs = 0;
    uint32_t seed = std::random_device{}();
};

// One of each kind, on one runtime.
class Batch
{
  public:
    Batch(nr_runtime *rt, uint32_t seed)
    {
        works_.push_back(soak_echo());
        works_.push_back(soak_pipes());
        works_.push_back(soak_locks());
        works_.push_back(soak_timing());
        nr_handle *h = nr_runtime_handle(rt);
        for (auto &work : works_)
            work->start(h, seed = soak_seed(seed, 0));
        nr_handle_release(h);
    }
    // Returns how many were cut off.
    int join(nr_runtime *on)
    {
        int cut = 0;
        for (auto &work : works_) {
            int err = work->join(on);
            SOAK_CHECK(err == 0 || err == -ECANCELED);
            cut += err != 0;
        }
        return cut;
    }
    void check(bool is_cut) const
    {
        for (auto &work : works_)
            work->check(is_cut);
    }

  private:
    std::vector<std::unique_ptr<Work>> works_;
};

uint64_t epochs_cut;

// Takes its turn among all others some times: until some moment.
ASYNC_FN(void, pass, ((uint32_t, turns)))
{
    ASYNC_BEGIN(pass);
    while (self->turns--)
        YIELD_NOW();
    ASYNC_END;
}

void end(nr_runtime *rt, uint32_t seed)
{
    if (seed % 2)
        nr_runtime_destroy(rt);
    else
        SOAK_CHECK(nr_runtime_shutdown(rt, SHUTDOWN_MS) == 0);
}

void run_epoch(nr_runtime *resident, uint32_t seed)
{
    nr_runtime_options options = {};
    options.workers = 1 + random_below(&seed, WORKERS_MAX);
    options.seed = seed;
    bool is_cut = random_below(&seed, 2) == 0;
    nr_runtime *rt = nr_runtime_create(&options);
    SOAK_CHECK(rt);
    if (!rt)
        return;
    nr_handle *here = nr_runtime_handle(rt);
    nr_handle *there = nr_runtime_handle(resident);
    Batch mine(rt, soak_seed(seed, 1)), lasting(resident, soak_seed(seed, 2));
    std::thread threads[] = {
        std::thread(soak_storm, here, is_cut, resident, soak_seed(seed, 3)),
        std::thread(soak_storm, there, false, resident, soak_seed(seed, 4)),
        std::thread(soak_programs, soak_seed(seed, 5))};
    if (is_cut) {
        BLOCK_ON(rt, pass(random_below(&seed,
                                       1u << random_below(&seed, TURNS_BITS))));
        end(rt, seed);
        epochs_cut++;
    }
    int cut = mine.join(resident) + lasting.join(resident);
    SOAK_CHECK(is_cut || cut == 0);
    for (std::thread &thread : threads)
        thread.join();
    if (!is_cut)
        end(rt, seed);
    nr_handle_release(here);
    nr_handle_release(there);
    mine.check(is_cut);
    lasting.check(false);
}

void print_tallies()
{
    for (const Tally *t : soak_tallies()) {
        unsigned long long begun = t->begun, ended = t->finished, cut = t->cut;
        unsigned long long unbegun = t->unbegun, amount = t->amount;
        printf("%-12s %10llu begun %10llu finished %9llu cut %7llu before "
               "they began  %12llu %s\n",
               t->tasks, begun, ended, cut, unbegun, amount, t->unit);
    }
}

void check_tallies()
{
    for (const Tally *t : soak_tallies()) {
        SOAK_CHECK(t->begun > 0 && t->begun == t->finished + t->cut);
        SOAK_CHECK(t->amount > 0);
    }
}

// An epoch takes about a second: whatever this waits for will not come. The
// thread that it interrupts waits too, so it may well print.
void on_alarm(int)
{
    print_tallies();
    printf("soak: FAILED, an epoch does not end\n");
    fflush(stdout);
    abort();
}

void run_epochs(const Options &options, std::vector<long> *kib)
{
    Clock::time_point began = Clock::now(), reported = began;
    Clock::time_point until = began + std::chrono::seconds(options.seconds);
    nr_runtime_options two = {};
    two.workers = 2;
    nr_runtime *resident = nr_runtime_create(&two);
    SOAK_CHECK(resident);
    uint64_t n = 0;
    while (resident &&
           (options.epochs ? n < options.epochs : Clock::now() < until)) {
        alarm(EPOCH_S_MAX);
        run_epoch(resident, soak_seed(options.seed, (uint32_t)n++));
        kib->push_back(resident_kib());
        if (Clock::now() - reported >= std::chrono::seconds(REPORT_S)) {
            reported = Clock::now();
            printf("%llu epochs, %ld KiB resident\n", (unsigned long long)n,
                   kib->back());
            fflush(stdout);
        }
    }
    nr_runtime_destroy(resident);
    alarm(0);
    printf("%llu epochs in %.0f s, %llu of them cut, seed %u\n",
           (unsigned long long)n,
           std::chrono::duration<double>(Clock::now() - began).count(),
           (unsigned long long)epochs_cut, options.seed);
}

unsigned long number_of(const char *arg, const char *name)
{
    size_t len = strlen(name);
    char *end = nullptr;
    if (strncmp(arg, name, len) != 0)
        return ULONG_MAX;
    unsigned long n = strtoul(arg + len, &end, 10);
    return *end || end == arg + len ? ULONG_MAX : n;
}

bool read_options(int argc, char **argv, Options *out)
{
    for (int i = 1; i < argc; i++) {
        unsigned long n;
        if ((n = number_of(argv[i], "--seconds=")) != ULONG_MAX)
            out->seconds = n;
        else if ((n = number_of(argv[i], "--epochs=")) != ULONG_MAX)
            out->epochs = n;
        else if ((n = number_of(argv[i], "--seed=")) != ULONG_MAX)
            out->seed = (uint32_t)n;
        else
            return false;
    }
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    Options options;
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "soak [--seconds=N | --epochs=N] [--seed=N]\n");
        return 2;
    }
    printf("soak: seed %u\n", options.seed);
    fflush(stdout);
    signal(SIGALRM, on_alarm);
    RUN(pass(0)); // what a sanitizer starts is there then
    std::thread([] {}).join();
    Footprint before = footprint_now();
    std::vector<long> kib;
    run_epochs(options, &kib);
    footprint_check(before);
    trend_check(kib);
    print_tallies();
    check_tallies();
    uint64_t failures = soak_failures();
    printf("soak: %s, %llu checks failed\n", failures ? "FAILED" : "passed",
           (unsigned long long)failures);
    return failures ? 1 : 0;
}
