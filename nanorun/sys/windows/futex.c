/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/futex.h"

#include "nanorun/sys/windows/system.h"

void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value)
{
    WaitOnAddress((volatile VOID *)&word->value, &value, sizeof value,
                  INFINITE);
}

void nr_sys_futex_wake_all(const nr_atomic_u32 *word)
{
    WakeByAddressAll((void *)&word->value);
}

void nr_sys_fence_all_threads(void)
{
    FlushProcessWriteBuffers();
}
