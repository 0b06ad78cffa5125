// SPDX-License-Identifier: MIT
// Linked to a server under test: on SIGUSR1 gives what the program has freed
// back to the system, and prints "trimmed". The allocator does that by itself
// only where nothing lies above; VmRSS after it is what is really in use. Only
// of the main arena the top is given back, so all threads share that.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

namespace
{

sigset_t signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return set;
}

void *trim_on_signal(void *)
{
    sigset_t set = signals();
    int signal;
    while (sigwait(&set, &signal) == 0) {
        malloc_trim(0);
        printf("trimmed\n");
        fflush(stdout);
    }
    return nullptr;
}

// Before main, so that every thread of the program blocks the signal.
const bool started = [] {
    sigset_t set = signals();
    pthread_t thread;
    mallopt(M_ARENA_MAX, 1);
    return pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0 &&
           pthread_create(&thread, nullptr, trim_on_signal, nullptr) == 0;
}();

} // namespace
