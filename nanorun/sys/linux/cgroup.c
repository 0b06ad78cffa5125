/* SPDX-License-Identifier: MIT */

/*
 * Where a quota is found:
 *
 *   /proc/self/cgroup      our group in each hierarchy, from that one's root
 *     v1   4:cpu,cpuacct:/docker/1a2b
 *     v2   0::/user.slice/a.scope
 *   /proc/self/mountinfo   where a hierarchy, or a part of it, is mounted
 *     31 23 0:28 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw
 *     ids   dev  root  mount point   optional - type    source  options
 *   the group's directory  mount point + our group without the mount's root
 *     v1   cpu.cfs_quota_us (-1: none) over cpu.cfs_period_us
 *     v2   cpu.max, "max 100000" or "150000 100000"
 *
 * The quotas of the groups above, up to the root of the mount, limit a group,
 * too.
 */

#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/linux/cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nanorun/sys/memory.h"

typedef struct cgroup_names {
    const char *v1; /* NULL: not in such a hierarchy */
    const char *v2;
} cgroup_names;

typedef struct cgroup_mount {
    char *root;
    char *point;
    bool is_v2;
} cgroup_mount;

typedef struct cgroup_files {
    nr_sys_read_file *read_file;
    void *context;
} cgroup_files;

/* Cuts the text up to `end` off *rest, which becomes NULL after the last. */
static char *cgroup_cut(char **rest, char end)
{
    char *word = *rest;
    char *stop = word ? strchr(word, end) : NULL;

    if (stop)
        *stop++ = '\0';
    *rest = stop;
    return word;
}

/* Is `word` an entry of a list with commas? */
static bool cgroup_has_word(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (strncmp(list, word, len) == 0 &&
            (list[len] == ',' || list[len] == '\0'))
            return true;
    }
    return false;
}

static cgroup_names cgroup_parse_names(char *text)
{
    cgroup_names found = {NULL, NULL};

    while (text) {
        char *path = cgroup_cut(&text, '\n');
        const char *id = cgroup_cut(&path, ':');
        const char *controllers = cgroup_cut(&path, ':');

        if (!path || path[0] != '/')
            continue;
        if (strcmp(id, "0") == 0 && controllers[0] == '\0')
            found.v2 = path;
        else if (cgroup_has_word(controllers, "cpu"))
            found.v1 = path;
    }
    return found;
}

static bool cgroup_is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* The kernel writes blanks and backslashes of a path as \040. */
static void cgroup_unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; to++) {
        if (from[0] == '\\' && cgroup_is_octal(from[1]) &&
            cgroup_is_octal(from[2]) && cgroup_is_octal(from[3])) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 +
                         (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* Returns whether the line is a mount of a hierarchy that limits processors. */
static bool cgroup_parse_mount(char *line, cgroup_mount *out)
{
    const char *word, *type, *options;

    for (int i = 0; i < 3; i++)
        cgroup_cut(&line, ' ');
    out->root = cgroup_cut(&line, ' ');
    out->point = cgroup_cut(&line, ' ');
    do {
        word = cgroup_cut(&line, ' ');
    } while (word && strcmp(word, "-") != 0);
    type = cgroup_cut(&line, ' ');
    cgroup_cut(&line, ' ');
    options = cgroup_cut(&line, ' ');
    if (!options)
        return false;
    out->is_v2 = strcmp(type, "cgroup2") == 0;
    if (!out->is_v2 &&
        (strcmp(type, "cgroup") != 0 || !cgroup_has_word(options, "cpu")))
        return false;
    cgroup_unescape(out->root);
    cgroup_unescape(out->point);
    return true;
}

static bool cgroup_ends_name(const char *at)
{
    return *at == '/' || *at == '\0';
}

/* The group's path from the mount point on: "" or "/a/b". A group outside of
 * what is mounted is seen no further than the mount point. */
static const char *cgroup_below_root(const char *group, const char *root)
{
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    const char *below = group + len;

    if (strncmp(group, root, len) != 0 || !cgroup_ends_name(below))
        return "";
    if (strncmp(below, "/..", 3) == 0 && cgroup_ends_name(below + 3))
        return "";
    return strcmp(below, "/") == 0 ? "" : below;
}

/* A decimal number, cut off *rest. Returns whether there was one. */
static bool cgroup_cut_number(const char **rest, uint64_t *out)
{
    const char *at = *rest;
    uint64_t value = 0;

    while (*at == ' ')
        at++;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *rest = at;
    *out = value;
    return true;
}

/* "quota period" in whole processors, 0 for no limit. */
static unsigned cgroup_to_cpus(const char *text)
{
    uint64_t quota, period, cpus;

    if (!cgroup_cut_number(&text, &quota) ||
        !cgroup_cut_number(&text, &period) || period == 0)
        return 0;
    cpus = quota / period + (quota % period != 0);
    return cpus < UINT_MAX ? (unsigned)cpus : 0;
}

/* Appends the first line of a file of the directory and a blank to `line`. */
static void cgroup_append(const cgroup_files *f, const char *dir,
                          const char *name, char line[64])
{
    char path[PATH_MAX + 32];
    size_t used = strlen(line);
    char *text, *rest;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    rest = text = f->read_file(f->context, path);
    if (text)
        snprintf(line + used, 64 - used, "%s ", cgroup_cut(&rest, '\n'));
    nr_sys_free(text);
}

static unsigned cgroup_least(unsigned a, unsigned b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* The least limit from the group up to the mount point. */
static unsigned cgroup_walk(const cgroup_files *f, const cgroup_mount *m,
                            const char *group)
{
    char dir[PATH_MAX];
    size_t top = strlen(m->point);
    unsigned limit = 0;
    int len = snprintf(dir, sizeof dir, "%s%s", m->point,
                       cgroup_below_root(group, m->root));

    if (len < 0 || (size_t)len >= sizeof dir)
        return 0;
    for (;;) {
        char line[64] = "";

        if (m->is_v2) {
            cgroup_append(f, dir, "cpu.max", line);
        } else {
            cgroup_append(f, dir, "cpu.cfs_quota_us", line);
            cgroup_append(f, dir, "cpu.cfs_period_us", line);
        }
        limit = cgroup_least(limit, cgroup_to_cpus(line));
        if (strlen(dir) <= top)
            return limit;
        *strrchr(dir, '/') = '\0';
    }
}

unsigned nr_sys_cgroup_cpus(nr_sys_read_file *read_file, void *context)
{
    cgroup_files f = {read_file, context};
    char *group_text = read_file(context, "/proc/self/cgroup");
    char *mount_text = read_file(context, "/proc/self/mountinfo");
    char *rest = mount_text;
    cgroup_names ours = cgroup_parse_names(group_text);
    unsigned limit = 0;

    while (rest) {
        cgroup_mount m;
        const char *group;

        if (!cgroup_parse_mount(cgroup_cut(&rest, '\n'), &m))
            continue;
        group = m.is_v2 ? ours.v2 : ours.v1;
        if (group)
            limit = cgroup_least(limit, cgroup_walk(&f, &m, group));
    }
    nr_sys_free(mount_text);
    nr_sys_free(group_text);
    return limit;
}
