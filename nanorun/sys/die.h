/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_DIE_H
#define NANORUN_SYS_DIE_H

/*
 * Stops a process that broke a rule: prints one line, then aborts.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Prints "nanorun: <what>", and " (<place>)" where `place` is not NULL, as one
 * line to standard error and aborts. Threads: any. */
#if defined(__GNUC__)
__attribute__((noreturn))
#elif defined(_MSC_VER)
__declspec(noreturn)
#endif
void nr_sys_die(const char *what, const char *place);

/* Invariants of the library, checked in debug builds only; `what` is a
 * sentence. */
#ifdef NDEBUG
#define NR_ASSERT(condition, what) ((void)0)
#else
#define NR_ASSERT(condition, what) \
    ((condition) ? (void)0 : nr_sys_die("broken invariant: " what, #condition))
#endif

#ifdef __cplusplus
}
#endif

#endif
