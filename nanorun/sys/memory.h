/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_MEMORY_H
#define NANORUN_SYS_MEMORY_H

/*
 * Every allocation of the library goes through here, or is counted here, so
 * that a test can make any of them fail.
 */

#include <stddef.h>
#include <stdint.h>

/* Whether a tool watches every block, so that none may be kept for reuse. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    defined(NR_SYS_SIM)
#define NR_SYS_MEMORY_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define NR_SYS_MEMORY_CHECKED 1
#endif
#endif
#ifndef NR_SYS_MEMORY_CHECKED
#define NR_SYS_MEMORY_CHECKED 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* `size` bytes, aligned as malloc aligns; NULL when there are none. Threads:
 * any. Ownership: the caller's, ended by nr_sys_free. */
void *nr_sys_alloc(size_t size);

/* Ends it; NULL is fine. Threads: any. */
void nr_sys_free(void *block);

/* The same, aligned to `align`, a power of two, where that is more than what
 * nr_sys_alloc gives; 0 is not. Ownership: ended by nr_sys_aligned_free. */
void *nr_sys_aligned_alloc(size_t size, size_t align);
void nr_sys_aligned_free(void *block);

/* For an allocator above this one: how many of the `n` blocks that are wanted
 * there may be; they count as allocated. At most one where somebody watches,
 * so that each counts by itself. Threads: any. */
size_t nr_sys_alloc_admit(size_t n);

/* They are free again, or were never made. Threads: any. */
void nr_sys_alloc_returned(size_t n);

/* Pages for it: `size` bytes, a power of two, aligned to that, zeroed; NULL
 * when there are none. *count is how many such runs are wanted in a row, a
 * power of two; it becomes how many there are, at least one, each to be given
 * back by itself. Threads: any. */
void *nr_sys_pages_alloc(size_t size, unsigned *count);
void nr_sys_pages_free(void *pages, size_t size);

/* Gives back the memory of parts of such a run, but not the addresses: bit i is
 * for the i-th of NR_SYS_PAGES_UNITS equal parts. What was there may be lost.
 * The parts may be used again at any time. Threads: any. */
enum { NR_SYS_PAGES_UNITS = 64 };
void nr_sys_pages_discard(void *pages, size_t size, uint64_t units);

/* For tests: lets `after` further allocations of the process succeed, then
 * fails one, or with `and_all` every later one. UINT64_MAX: none fails, the
 * state at the start. Threads: any; counts over all threads. */
void nr_sys_alloc_fail(uint64_t after, int and_all);

/* For tests: how many blocks there are now. A build with NDEBUG counts from the
 * first call of this or of nr_sys_alloc_fail only, so compare two calls.
 * Threads: any. */
uint64_t nr_sys_alloc_live(void);

#ifdef __cplusplus
}
#endif

#endif
