/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_ATOMIC_H
#define NANORUN_SYS_ATOMIC_H

/*
 * Atomics with the memory order in the name: relaxed, acquire, release,
 * acq_rel, seq_cst. The types are our own, because neither C++ nor MSVC has
 * <stdatomic.h>. There is no 64-bit type, because 32-bit processors may need a
 * lock for it, and no fence, because the thread sanitizer does not model
 * fences.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A simulation may run another thread before each access. */
#ifdef NR_SYS_SIM
#include "nanorun/sys/simulation.h"
#define NR_ATOMIC_POINT_() nr_sim_point()
#else
#define NR_ATOMIC_POINT_() ((void)0)
#endif

typedef struct nr_atomic_u32 {
    uint32_t value;
} nr_atomic_u32;

typedef struct nr_atomic_size {
    size_t value;
} nr_atomic_size;

typedef struct nr_atomic_ptr {
    void *value;
} nr_atomic_ptr;

/* Fields that different threads write often are on cache lines of their own:
 * NR_OWN_LINE in front of a field begins a line, and aligns the struct. */
#define NR_CACHE_LINE 64
#ifdef __cplusplus
#define NR_OWN_LINE alignas(NR_CACHE_LINE)
#elif defined(_MSC_VER) && !defined(__GNUC__)
#define NR_OWN_LINE __declspec(align(64))
#else
#define NR_OWN_LINE _Alignas(NR_CACHE_LINE)
#endif

/* Each order is given twice: as in the names here, and as GCC and clang call
 * it. */
#if defined(_MSC_VER) && !defined(__GNUC__)
#include "nanorun/sys/atomic_msvc.h"
#else
#define NR_ATOMIC_LOAD_(name, T, V, order, ORDER)        \
    static inline V nr_load_##name##_##order(const T *a) \
    {                                                    \
        NR_ATOMIC_POINT_();                              \
        return __atomic_load_n(&a->value, ORDER);        \
    }
#define NR_ATOMIC_STORE_(name, T, V, order, ORDER)          \
    static inline void nr_store_##name##_##order(T *a, V v) \
    {                                                       \
        NR_ATOMIC_POINT_();                                 \
        __atomic_store_n(&a->value, v, ORDER);              \
    }
/* A compare-exchange. On failure *expected becomes the value that was there,
 * loaded with acquire (relaxed for a relaxed exchange). */
#define NR_ATOMIC_RMW_(name, T, V, order, ORDER, FAIL)                    \
    static inline V nr_exchange_##name##_##order(T *a, V v)               \
    {                                                                     \
        NR_ATOMIC_POINT_();                                               \
        return __atomic_exchange_n(&a->value, v, ORDER);                  \
    }                                                                     \
    static inline bool nr_cas_##name##_##order(T *a, V *expected, V v)    \
    {                                                                     \
        NR_ATOMIC_POINT_();                                               \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, \
                                           ORDER, FAIL);                  \
    }
/* Each returns the previous value. */
#define NR_ATOMIC_INTEGER_(name, T, V, order, ORDER)         \
    static inline V nr_fetch_add_##name##_##order(T *a, V v) \
    {                                                        \
        NR_ATOMIC_POINT_();                                  \
        return __atomic_fetch_add(&a->value, v, ORDER);      \
    }                                                        \
    static inline V nr_fetch_sub_##name##_##order(T *a, V v) \
    {                                                        \
        NR_ATOMIC_POINT_();                                  \
        return __atomic_fetch_sub(&a->value, v, ORDER);      \
    }                                                        \
    static inline V nr_fetch_or_##name##_##order(T *a, V v)  \
    {                                                        \
        NR_ATOMIC_POINT_();                                  \
        return __atomic_fetch_or(&a->value, v, ORDER);       \
    }                                                        \
    static inline V nr_fetch_and_##name##_##order(T *a, V v) \
    {                                                        \
        NR_ATOMIC_POINT_();                                  \
        return __atomic_fetch_and(&a->value, v, ORDER);      \
    }
#endif

#define NR_ATOMIC_BASIC_(name, T, V)                                        \
    NR_ATOMIC_LOAD_(name, T, V, relaxed, __ATOMIC_RELAXED)                  \
    NR_ATOMIC_LOAD_(name, T, V, acquire, __ATOMIC_ACQUIRE)                  \
    NR_ATOMIC_LOAD_(name, T, V, seq_cst, __ATOMIC_SEQ_CST)                  \
    NR_ATOMIC_STORE_(name, T, V, relaxed, __ATOMIC_RELAXED)                 \
    NR_ATOMIC_STORE_(name, T, V, release, __ATOMIC_RELEASE)                 \
    NR_ATOMIC_STORE_(name, T, V, seq_cst, __ATOMIC_SEQ_CST)                 \
    NR_ATOMIC_RMW_(name, T, V, relaxed, __ATOMIC_RELAXED, __ATOMIC_RELAXED) \
    NR_ATOMIC_RMW_(name, T, V, acquire, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) \
    NR_ATOMIC_RMW_(name, T, V, acq_rel, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) \
    NR_ATOMIC_RMW_(name, T, V, seq_cst, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define NR_ATOMIC_ARITHMETIC_(name, T, V)                     \
    NR_ATOMIC_INTEGER_(name, T, V, relaxed, __ATOMIC_RELAXED) \
    NR_ATOMIC_INTEGER_(name, T, V, acquire, __ATOMIC_ACQUIRE) \
    NR_ATOMIC_INTEGER_(name, T, V, release, __ATOMIC_RELEASE) \
    NR_ATOMIC_INTEGER_(name, T, V, acq_rel, __ATOMIC_ACQ_REL) \
    NR_ATOMIC_INTEGER_(name, T, V, seq_cst, __ATOMIC_SEQ_CST)

/* nr_load_u32_acquire(&a), nr_store_size_release(&a, v), nr_cas_ptr_acq_rel(
 * &a, &expected, v), nr_fetch_add_u32_relaxed(&a, v), … */
NR_ATOMIC_BASIC_(u32, nr_atomic_u32, uint32_t)
NR_ATOMIC_ARITHMETIC_(u32, nr_atomic_u32, uint32_t)
NR_ATOMIC_BASIC_(size, nr_atomic_size, size_t)
NR_ATOMIC_ARITHMETIC_(size, nr_atomic_size, size_t)
NR_ATOMIC_BASIC_(ptr, nr_atomic_ptr, void *)

/* The compiler moves no access across it; the processor may. */
static inline void nr_compiler_fence(void)
{
#if defined(_MSC_VER) && !defined(__GNUC__)
    _ReadWriteBarrier();
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/* Tells the processor that this thread spins. */
static inline void nr_spin_hint(void)
{
#if defined(NR_SYS_SIM)
    nr_sim_let_others_run();
#elif defined(NR_SPIN_HINT_)
    NR_SPIN_HINT_();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
