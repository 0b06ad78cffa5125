/* SPDX-License-Identifier: MIT */
#include "tests/sys/atomic_in_c.h"

#include "nanorun/sys/bits.h"

#define TRY(expression)         \
    do {                        \
        if (!(expression))      \
            return #expression; \
    } while (0)

#define TRY_BASIC(name, order, one, two)               \
    TRY(nr_exchange_##name##_##order(&a, one) == two); \
    seen = two;                                        \
    TRY(!nr_cas_##name##_##order(&a, &seen, two));     \
    TRY(seen == one && a.value == one);                \
    TRY(nr_cas_##name##_##order(&a, &seen, two));      \
    TRY(seen == one && a.value == two)

#define TRY_INTEGER(name, order)                           \
    TRY(nr_fetch_sub_##name##_##order(&a, 3) == 2);        \
    TRY(nr_fetch_add_##name##_##order(&a, 7) == 0u - one); \
    TRY(nr_fetch_or_##name##_##order(&a, 9) == 6);         \
    TRY(nr_fetch_and_##name##_##order(&a, 18) == 15);      \
    TRY(a.value == 2)

#define TRY_ACCESS(name, one, two)            \
    nr_store_##name##_relaxed(&a, one);       \
    TRY(nr_load_##name##_relaxed(&a) == one); \
    nr_store_##name##_release(&a, two);       \
    TRY(nr_load_##name##_acquire(&a) == two); \
    nr_store_##name##_seq_cst(&a, one);       \
    TRY(nr_load_##name##_seq_cst(&a) == one); \
    nr_store_##name##_relaxed(&a, two)

#define TRY_INTEGERS(name)            \
    TRY_ACCESS(name, one, 2);         \
    TRY_BASIC(name, relaxed, one, 2); \
    TRY_BASIC(name, acquire, one, 2); \
    TRY_BASIC(name, acq_rel, one, 2); \
    TRY_BASIC(name, seq_cst, one, 2); \
    TRY_INTEGER(name, relaxed);       \
    TRY_INTEGER(name, acquire);       \
    TRY_INTEGER(name, release);       \
    TRY_INTEGER(name, acq_rel);       \
    TRY_INTEGER(name, seq_cst)

const char *try_u32(void)
{
    const uint32_t one = 1;
    nr_atomic_u32 a = {0};
    uint32_t seen;

    TRY_INTEGERS(u32);
    nr_store_u32_relaxed(&a, UINT32_MAX);
    TRY(nr_fetch_add_u32_relaxed(&a, 1) == UINT32_MAX && a.value == 0);
    return NULL;
}

const char *try_size(void)
{
    const size_t one = 1;
    const size_t top = SIZE_MAX / 2 + 1;
    nr_atomic_size a = {0};
    size_t seen;

    TRY_INTEGERS(size);
    TRY(nr_fetch_or_size_relaxed(&a, top) == 2 && a.value == top + 2);
    TRY(nr_fetch_and_size_relaxed(&a, top) == top + 2 && a.value == top);
    return NULL;
}

const char *try_ptr(void)
{
    char things[2];
    void *one = &things[0];
    void *two = &things[1];
    nr_atomic_ptr a = {NULL};
    void *seen;

    TRY_ACCESS(ptr, one, two);
    TRY_BASIC(ptr, relaxed, one, two);
    TRY_BASIC(ptr, acquire, one, two);
    TRY_BASIC(ptr, acq_rel, one, two);
    TRY_BASIC(ptr, seq_cst, one, two);
    return NULL;
}

const char *try_bits(void)
{
    for (unsigned i = 0; i < 64; i++) {
        uint64_t bit = UINT64_C(1) << i;

        TRY(nr_lowest_bit(bit) == i);
        TRY(nr_highest_bit(bit) == i);
        TRY(nr_lowest_bit(UINT64_MAX << i) == i);
        TRY(nr_highest_bit(UINT64_MAX >> i) == 63 - i);
    }
    return NULL;
}

void count_by_add(nr_atomic_u32 *a, unsigned times)
{
    while (times-- > 0)
        nr_fetch_add_u32_relaxed(a, 1);
}

void count_by_cas(nr_atomic_size *a, unsigned times)
{
    size_t seen = nr_load_size_relaxed(a);

    while (times-- > 0) {
        while (!nr_cas_size_relaxed(a, &seen, seen + 1))
            nr_spin_hint();
    }
}
