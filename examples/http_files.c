/* SPDX-License-Identifier: MIT */
/* realpath and file types are POSIX, not C; files may be large. */
#define _XOPEN_SOURCE 700
#define _FILE_OFFSET_BITS 64
#include "examples/http_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef _WIN32
/* The nearest thing: it makes a path absolute, but leaves links in it. */
#define realpath(path, out) _fullpath((out), (path), 0)
static const char separator = '\\';
/* How a path leaves the root, or names by its short name what is hidden. */
static const char refused[] = "\\:~";
#else
static const char separator = '/';
static const char refused[] = "";
#endif

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html"},        {".css", "text/css"},
    {".js", "text/javascript"},    {".txt", "text/plain"},
    {".json", "application/json"}, {".png", "image/png"},
    {".jpg", "image/jpeg"},        {".svg", "image/svg+xml"},
};

static const char *type_of(const char *path)
{
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++) {
        if (strcmp(ending, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* No part of a path may begin with a dot: neither "..", nor what its owner
 * has hidden. */
static bool is_harmless(const char *path)
{
    return !strstr(path, "/.") && !strpbrk(path, refused);
}

/* Whether `path` is below `root` once links are followed. Between this check
 * and the opening somebody who may write below the root could still swap a
 * link in; then he may as well have put the file there. */
static bool is_below(const char *root, const char *path)
{
    size_t size = strlen(root);
    if (size > 0 && root[size - 1] == separator)
        size--; /* the root of the file system */
    return strncmp(path, root, size) == 0 && path[size] == separator;
}

static int status_of(int error)
{
    bool is_short = error == EMFILE || error == ENFILE || error == ENOMEM;
    return is_short ? 503 : 404;
}

/* A pipe or a device could keep the open waiting, so it looks first. */
static int open_regular(const char *path, http_file *out)
{
    struct stat info;
    if (stat(path, &info) || (info.st_mode & S_IFMT) != S_IFREG)
        return 404;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return status_of(errno);
    *out = (http_file){stream, (uint64_t)info.st_size, type_of(path)};
    return 200;
}

char *http_root_find(const char *directory)
{
    struct stat info;
    if (stat(directory, &info))
        return NULL;
    if ((info.st_mode & S_IFMT) != S_IFDIR) {
        errno = ENOTDIR;
        return NULL;
    }
    return realpath(directory, NULL);
}

int http_file_open(const char *root, const char *path, http_file *out)
{
    if (!is_harmless(path))
        return 404;
    bool is_directory = path[strlen(path) - 1] == '/';
    const char *name = is_directory ? "index.html" : "";
    size_t size = strlen(root) + strlen(path) + strlen(name) + 1;
    char *joined = malloc(size);
    if (!joined)
        return 503;
    snprintf(joined, size, "%s%s%s", root, path, name);
    char *resolved = realpath(joined, NULL);
    int status = resolved ? 404 : status_of(errno);
    if (resolved && is_below(root, resolved))
        status = open_regular(resolved, out);
    free(resolved);
    free(joined);
    return status;
}
