// SPDX-License-Identifier: MIT
#include "tests/examples/server_process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

// Becomes the server. Dies with its parent, however that ends.
[[noreturn]] void run(const char *program, size_t descriptors, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (descriptors > 0) {
        struct rlimit limit = {descriptors, descriptors};
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    dup2(out, STDOUT_FILENO);
    execl(program, program, "127.0.0.1:0", static_cast<char *>(nullptr));
    _exit(127);
}

} // namespace

server_process::server_process(const std::string &program, size_t descriptors)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return;
    pid_ = fork();
    if (pid_ == 0) {
        close(ends[0]);
        run(program.c_str(), descriptors, ends[1]);
    }
    close(ends[1]);
    out_ = ends[0];
    unsigned port = 0;
    if (sscanf(read_line().c_str(), "listening on 127.0.0.1:%u", &port) == 1)
        port_ = static_cast<uint16_t>(port);
}

std::string server_process::read_line() const
{
    std::string line;
    char byte;
    while (read(out_, &byte, 1) == 1 && byte != '\n')
        line += byte;
    return line;
}

bool server_process::trim() const
{
    return kill(pid_, SIGUSR1) == 0 && read_line() == "trimmed";
}

int server_process::interrupt()
{
    int status = 0;
    if (kill(pid_, SIGINT) != 0 || waitpid(pid_, &status, 0) != pid_)
        return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

server_process::~server_process()
{
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close(out_);
}

uint16_t server_process::port() const
{
    return port_;
}

size_t resident_kib_of(pid_t pid)
{
    const std::string path = "/proc/" + std::to_string(pid) + "/status";
    FILE *file = fopen(path.c_str(), "r");
    size_t kib = 0;
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %zu", &kib) == 1)
            break;
    }
    if (file)
        fclose(file);
    return kib;
}

size_t server_process::resident_kib() const
{
    return resident_kib_of(pid_);
}

size_t server_process::open_descriptors() const
{
    const std::string path = "/proc/" + std::to_string(pid_) + "/fd";
    DIR *dir = opendir(path.c_str());
    size_t count = 0;
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count - 2; // "." and ".."
}

int server_process::connect() const
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<struct sockaddr *>(&to),
                             sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool write_all(int fd, const std::string &text)
{
    for (size_t at = 0; at < text.size();) {
        ssize_t n = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += static_cast<size_t>(n);
    }
    return true;
}

std::string read_exact(int fd, size_t size)
{
    std::string text(size, 0);
    size_t at = 0;
    while (at < size) {
        ssize_t n = read(fd, &text[at], size - at);
        if (n <= 0)
            break;
        at += static_cast<size_t>(n);
    }
    text.resize(at);
    return text;
}
