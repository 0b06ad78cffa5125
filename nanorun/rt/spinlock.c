/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/internal/spinlock.h"

void nr_spin_wait_(const nr_atomic_u32 *word)
{
    for (unsigned spins = 1; nr_load_u32_relaxed(word) != 0; spins++)
        nr_spin_once(spins);
}
