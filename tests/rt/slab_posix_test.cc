// SPDX-License-Identifier: MIT
// What a process without memory sees of the slab.
#include <stdlib.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "nanorun/rt/memory/slab.h"
#include "nanorun/sys/memory.h"

namespace
{

enum { REFUSED = 10, NOT_LIMITED = 11, TAKEN = 12 };

// Where no page can be had, but for a system that does not heed the limit.
void TakeWithoutPages()
{
    rlimit none = {1, 1};
    setrlimit(RLIMIT_AS, &none);
    unsigned count = 1;
    if (nr_sys_pages_alloc(1 << 18, &count))
        _Exit(NOT_LIMITED);
    uint64_t live = nr_sys_alloc_live();
    bool is_taken = nr_slab_take(5, 1) || nr_sys_alloc_live() != live;
    _Exit(is_taken ? TAKEN : REFUSED);
}

TEST(SlabPosixDeath, WithoutPagesThereIsNoBlockOfASlab)
{
    EXPECT_EXIT(
        TakeWithoutPages(),
        [](int status) {
            return WIFEXITED(status) && (WEXITSTATUS(status) == REFUSED ||
                                         WEXITSTATUS(status) == NOT_LIMITED);
        },
        "");
}

} // namespace
