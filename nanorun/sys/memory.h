/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_MEMORY_H
#define NANORUN_SYS_MEMORY_H

/*
 * Memory of the system. Every allocation of the library is made or counted
 * here, so that a test can make any of them fail.
 */

#include <stddef.h>
#include <stdint.h>

/* Whether a tool checks accesses to blocks, so that freed blocks must not be
 * kept for reuse. */
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

/* Allocates `size` bytes, aligned as malloc does. Returns NULL if there is no
 * memory. Threads: any. Ownership: the caller's, ended by nr_sys_free. */
void *nr_sys_alloc(size_t size);

/* Frees a block of nr_sys_alloc. NULL is fine. Threads: any. */
void nr_sys_free(void *block);

/* The same, but aligned to `align`, a power of two or 0, if that is stricter
 * than malloc's alignment. Ownership: ended by nr_sys_aligned_free. */
void *nr_sys_aligned_alloc(size_t size, size_t align);
void nr_sys_aligned_free(void *block);

/* For an allocator above this one: returns how many of `n` blocks it may hand
 * out, which then count as allocated. At most one while a test counts, so that
 * each block counts by itself. Threads: any. */
size_t nr_sys_alloc_admit(size_t n);

/* Says that `n` such blocks are free again, or were not handed out. Threads:
 * any. */
void nr_sys_alloc_returned(size_t n);

/* Pages for such an allocator: `size` bytes, a power of two, aligned to `size`
 * and zeroed. *count is how many such runs are wanted in a row, a power of two;
 * it becomes the number that was allocated, at least one. Each run is freed by
 * itself. Returns NULL if there is no memory. Threads: any. */
void *nr_sys_pages_alloc(size_t size, unsigned *count);
void nr_sys_pages_free(void *pages, size_t size);

/* Gives the memory of parts of such a run back, but keeps their addresses: bit
 * i is for the i-th of NR_SYS_PAGES_UNITS equal parts. The contents may be
 * lost. The parts may be used again at any time. Threads: any. */
enum { NR_SYS_PAGES_UNITS = 64 };
void nr_sys_pages_discard(void *pages, size_t size, uint64_t units);

/* For tests: makes one allocation fail after `after` further ones of the whole
 * process, or with `and_all` that and every later one. UINT64_MAX: none fails,
 * as at the start. Threads: any. */
void nr_sys_alloc_fail(uint64_t after, int and_all);

/* For tests: how many blocks are allocated now. With NDEBUG the count only
 * begins at the first call of this function or of nr_sys_alloc_fail, so compare
 * two calls. Threads: any. */
uint64_t nr_sys_alloc_live(void);

#ifdef __cplusplus
}
#endif

#endif
