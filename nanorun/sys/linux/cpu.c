/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "nanorun/sys/linux/cgroup.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/fd.h"
#include "nanorun/sys/thread.h"

enum {
    CPU_FILE_BYTES_FIRST = 4096,
    CPU_FILE_BYTES_MAX = 16 << 20, /* mountinfo of a host full of containers */
    CPUS_FIRST = 1024,
    CPUS_MAX = 1 << 20
};

/* Counts the processors of the affinity mask, read into `cpus` bits. Returns 0
 * if the mask has more bits, and -1 on another error. */
static int cpu_count_affinity(size_t cpus)
{
    size_t size = CPU_ALLOC_SIZE(cpus);
    cpu_set_t *set = nr_sys_alloc(size);
    int count = -1;

    if (!set)
        return -1;
    /* The kernel writes as many bytes as it has, glibc clears the others. */
    if (sched_getaffinity(0, size, set) == 0)
        count = CPU_COUNT_S(size, set);
    else if (errno == EINVAL)
        count = 0;
    nr_sys_free(set);
    return count;
}

/* Fills `text` up to `size` bytes with the file. Returns how many it took, or
 * -1. */
static ssize_t cpu_read_all(int fd, char *text, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t count = read(fd, text + used, size - used);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        used += (size_t)count;
    }
    return (ssize_t)used;
}

/* Returns the file's text if it has less than `size` bytes; *is_large says
 * whether it has more. */
static char *cpu_read_within(const char *path, size_t size, bool *is_large)
{
    int fd = nr_sys_fd_above_stdio(open(path, O_RDONLY | O_CLOEXEC));
    char *text = fd >= 0 ? nr_sys_alloc(size) : NULL;
    ssize_t used = text ? cpu_read_all(fd, text, size) : -1;

    if (fd >= 0)
        close(fd);
    *is_large = used == (ssize_t)size;
    if (used < 0 || *is_large) {
        nr_sys_free(text);
        return NULL;
    }
    text[used] = '\0';
    return text;
}

/* Files under /proc and /sys have no size to ask for. */
static char *cpu_read_file(void *context, const char *path)
{
    char *text = NULL;
    bool is_large = true;

    (void)context;
    for (size_t size = CPU_FILE_BYTES_FIRST;
         is_large && size <= CPU_FILE_BYTES_MAX; size *= 2)
        text = cpu_read_within(path, size, &is_large);
    return text;
}

unsigned nr_sys_cpu_count(void)
{
    unsigned quota = nr_sys_cgroup_cpus(cpu_read_file, NULL);
    int count = 0;

    for (size_t cpus = CPUS_FIRST; count == 0 && cpus <= CPUS_MAX; cpus *= 2)
        count = cpu_count_affinity(cpus);
    if (count < 1)
        return 1;
    return quota != 0 && quota < (unsigned)count ? quota : (unsigned)count;
}
