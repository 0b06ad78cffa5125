// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_EXAMPLES_SERVER_PROCESS_H
#define NANORUN_TESTS_EXAMPLES_SERVER_PROCESS_H

// A server of the examples as a child process, and plain blocking sockets to
// talk to it. Linux: it looks into /proc.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

class server_process
{
  public:
    // Starts `program`, which may have `descriptors` descriptors (0: as many
    // as we), at port 0, and waits until it says that it listens.
    explicit server_process(const std::string &program, size_t descriptors = 0);
    server_process(const server_process &) = delete;
    server_process &operator=(const server_process &) = delete;
    ~server_process(); // kills it

    uint16_t port() const; // 0: it did not start

    // Has trim_on_signal.cc, where that is linked to it, do its work.
    bool trim() const;

    // Interrupts it as Ctrl-C does, and waits until it ends: its exit status,
    // or -1.
    int interrupt();

    // What it has in memory (VmRSS), and how many descriptors are open.
    size_t resident_kib() const;
    size_t open_descriptors() const;

    // A connection to it; -1 and errno.
    int connect() const;

  private:
    std::string read_line() const;

    pid_t pid_ = -1;
    int out_ = -1; // its standard output
    uint16_t port_ = 0;
};

// What a process has in memory (VmRSS).
size_t resident_kib_of(pid_t pid);

// All of `text`, or false.
bool write_all(int fd, const std::string &text);

// Exactly `size` bytes, or what came before the end or an error.
std::string read_exact(int fd, size_t size);

#endif
