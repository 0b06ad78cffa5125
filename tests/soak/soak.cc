// SPDX-License-Identifier: MIT
#include "tests/soak/soak.h"

#include <cstdio>

namespace
{

std::atomic<uint64_t> failures{0};

std::vector<Tally *> &tallies()
{
    static std::vector<Tally *> all;
    return all;
}

} // namespace

void soak_fail(const char *what, const char *file, int line)
{
    if (failures++ < 50) // the first ones tell
        fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

uint64_t soak_failures()
{
    return failures;
}

Tally::Tally(const char *tasks_, const char *unit_) : tasks(tasks_), unit(unit_)
{
    tallies().push_back(this);
}

const std::vector<Tally *> &soak_tallies()
{
    return tallies();
}
