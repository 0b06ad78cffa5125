/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_TESTS_SUPPORT_MISUSE_H
#define NANORUN_TESTS_SUPPORT_MISUSE_H

// For tests of mistakes that stop the process with one line.

#include <string>

#include <gmock/gmock.h>

// All that a process printed that died of `what` in a line of the file that
// asks.
#define MISUSE_LINE(what, line) misuse_line((what), __FILE__, (line))
inline std::string misuse_line(const char *what, const char *file, int line)
{
    return std::string("nanorun: ") + what + " (" + file + ":" +
           std::to_string(line) + ")\n";
}

#endif
