// SPDX-License-Identifier: MIT

// The input is a program (program_tree.h says how). It runs on one worker and
// on two, and leaves no block behind.

#include "nanorun/sys/memory.h"
#include "tests/fuzz/program_run.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input(data, size);
    Program program(&input);
    uint64_t live = nr_sys_alloc_live();
    for (unsigned workers = 1; workers <= 2; workers++) {
        program_run(&program, workers);
        FUZZ_CHECK(nr_sys_alloc_live() == live);
    }
    return 0;
}
