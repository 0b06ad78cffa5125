/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_ATOMIC_MSVC_H
#define NANORUN_SYS_ATOMIC_MSVC_H

/*
 * The operations of nanorun/sys/atomic.h for MSVC on 64-bit x86 and ARM. Loads
 * and stores are volatile accesses, which these processors do not tear, with
 * the barriers that the order needs. The others are Interlocked functions,
 * which are full barriers for every order. Source: the MSVC reference of both,
 * and its STL's <atomic>.
 */

/* Declared here: clang's <intrin.h> bears no <windows.h> of Wine's after it. */
long _InterlockedExchange(long volatile *, long);
long _InterlockedCompareExchange(long volatile *, long, long);
long _InterlockedExchangeAdd(long volatile *, long);
long _InterlockedOr(long volatile *, long);
long _InterlockedAnd(long volatile *, long);
long long _InterlockedExchange64(long long volatile *, long long);
long long _InterlockedCompareExchange64(long long volatile *, long long,
                                        long long);
long long _InterlockedExchangeAdd64(long long volatile *, long long);
long long _InterlockedOr64(long long volatile *, long long);
long long _InterlockedAnd64(long long volatile *, long long);
void *_InterlockedExchangePointer(void *volatile *, void *);
void *_InterlockedCompareExchangePointer(void *volatile *, void *, void *);
#pragma intrinsic(_InterlockedExchange, _InterlockedCompareExchange)
#pragma intrinsic(_InterlockedExchangeAdd, _InterlockedOr, _InterlockedAnd)
#pragma intrinsic(_InterlockedExchange64, _InterlockedCompareExchange64)
#pragma intrinsic(_InterlockedExchangeAdd64, _InterlockedOr64)
#pragma intrinsic(_InterlockedAnd64, _InterlockedExchangePointer)
#pragma intrinsic(_InterlockedCompareExchangePointer)

/* x86 only reorders a store with a later load. So on x86 the barriers are for
 * the compiler only, and a seq_cst store is an exchange. */
#if defined(_M_ARM64)
#include <intrin.h>
#define NR_BARRIER_() __dmb(_ARM64_BARRIER_ISH)
#define NR_SPIN_HINT_() __yield()
#else
#include <emmintrin.h>
void _ReadWriteBarrier(void);
#pragma intrinsic(_ReadWriteBarrier)
#define NR_BARRIER_() _ReadWriteBarrier()
#define NR_SPIN_HINT_() _mm_pause()
#endif

#define NR_BEFORE_LOAD_relaxed() ((void)0)
#define NR_BEFORE_LOAD_acquire() ((void)0)
#define NR_BEFORE_LOAD_seq_cst() NR_BARRIER_()
#define NR_AFTER_LOAD_relaxed() ((void)0)
#define NR_AFTER_LOAD_acquire() NR_BARRIER_()
#define NR_AFTER_LOAD_seq_cst() NR_BARRIER_()

/* The functions are of long, of 64 bits or of pointers. */
#define NR_WORD_u32 long
#define NR_WORD_size long long
#define NR_WORD_ptr void *
#define NR_INTERLOCKED_u32(operation) _Interlocked##operation
#define NR_INTERLOCKED_size(operation) _Interlocked##operation##64
#define NR_INTERLOCKED_ptr(operation) _Interlocked##operation##Pointer
#define NR_AT_(name, a) (NR_WORD_##name volatile *)&(a)->value

#define NR_ATOMIC_LOAD_(name, T, V, order, ORDER)        \
    static inline V nr_load_##name##_##order(const T *a) \
    {                                                    \
        V v;                                             \
        NR_BEFORE_LOAD_##order();                        \
        v = *(V const volatile *)&a->value;              \
        NR_AFTER_LOAD_##order();                         \
        return v;                                        \
    }
#define NR_ATOMIC_STORE_(name, T, V, order, ORDER)          \
    static inline void nr_store_##name##_##order(T *a, V v) \
    {                                                       \
        NR_STORE_##order(name, V, a, v);                    \
    }
#define NR_STORE_relaxed(name, V, a, v) (*(V volatile *)&(a)->value = (v))
#define NR_STORE_release(name, V, a, v) \
    (NR_BARRIER_(), NR_STORE_relaxed(name, V, a, v))
#define NR_STORE_seq_cst(name, V, a, v)                     \
    ((void)NR_INTERLOCKED_##name(Exchange)(NR_AT_(name, a), \
                                           (NR_WORD_##name)(v)))
#define NR_ATOMIC_RMW_(name, T, V, order, ORDER, FAIL)                   \
    static inline V nr_exchange_##name##_##order(T *a, V v)              \
    {                                                                    \
        return (V)NR_INTERLOCKED_##name(Exchange)(NR_AT_(name, a),       \
                                                  (NR_WORD_##name)v);    \
    }                                                                    \
    static inline bool nr_cas_##name##_##order(T *a, V *expected, V v)   \
    {                                                                    \
        V wanted = *expected;                                            \
        *expected = (V)NR_INTERLOCKED_##name(CompareExchange)(           \
            NR_AT_(name, a), (NR_WORD_##name)v, (NR_WORD_##name)wanted); \
        return *expected == wanted;                                      \
    }
#define NR_ATOMIC_INTEGER_(name, T, V, order, ORDER)                         \
    NR_ATOMIC_FETCH_(name, T, V, nr_fetch_add_##name##_##order, ExchangeAdd, \
                     v)                                                      \
    NR_ATOMIC_FETCH_(name, T, V, nr_fetch_sub_##name##_##order, ExchangeAdd, \
                     0 - v)                                                  \
    NR_ATOMIC_FETCH_(name, T, V, nr_fetch_or_##name##_##order, Or, v)        \
    NR_ATOMIC_FETCH_(name, T, V, nr_fetch_and_##name##_##order, And, v)
#define NR_ATOMIC_FETCH_(name, T, V, function, operation, operand)             \
    static inline V function(T *a, V v)                                        \
    {                                                                          \
        return (V)NR_INTERLOCKED_##name(operation)(NR_AT_(name, a),            \
                                                   (NR_WORD_##name)(operand)); \
    }

#endif
