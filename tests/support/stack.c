/* SPDX-License-Identifier: MIT */
#include "tests/support/stack.h"

#include <stdint.h>
#if !defined(__GNUC__)
#include <intrin.h>
#endif

static uintptr_t lowest = UINTPTR_MAX;
static uintptr_t highest;

/* The address of a local would be on the heap under the sanitizer that looks
 * for uses of locals after return. */
static uintptr_t stack_pointer(void)
{
#if defined(__GNUC__)
    return (uintptr_t)__builtin_frame_address(0);
#else
    return (uintptr_t)_AddressOfReturnAddress();
#endif
}

void stack_clear(void)
{
    lowest = UINTPTR_MAX;
    highest = 0;
}

void stack_note(void)
{
    uintptr_t here = stack_pointer();
    if (here < lowest)
        lowest = here;
    if (here > highest)
        highest = here;
}

size_t stack_span(void)
{
    return highest < lowest ? 0 : (size_t)(highest - lowest);
}
