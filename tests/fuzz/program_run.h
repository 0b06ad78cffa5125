// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_FUZZ_PROGRAM_RUN_H
#define NANORUN_TESTS_FUZZ_PROGRAM_RUN_H

// Runs a program of bytes and checks that what is known of it comes true.

#include "nanorun/async.h"
#include "tests/fuzz/program_tree.h"

// One node with all that is below. Each node is run once at most.
ASYNC_DECLARE(uint32_t, program_node, ((Node *, n)));

// The program, on a runtime of its own that has ended when this returns.
// Threads: any but workers.
void program_run(Program *program, unsigned workers);

#endif
