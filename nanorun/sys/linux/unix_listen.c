/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

/*
 * Listening at a path, of which a crash leaves the file behind. Such a file is
 * stale: a connect is refused. But so it is by a server between its bind and
 * its listen, and between a probe of the path and a removal another server may
 * bind there. So:
 *
 *  1. A server that may replace holds a lock on the file `path.nr-lock` from
 *     its first probe to its listen, by flock(2), which ends with the process.
 *     Whoever does not get it leaves: another server is starting. The holder
 *     removes that file; one that locked a removed file tries again.
 *  2. It pins the file that it probes by a descriptor (O_PATH), so that the
 *     inode's number is no other file's, and connects to that very file through
 *     /proc/self/fd. Only ECONNREFUSED means that nobody listens. Without /proc
 *     nothing is ever replaced.
 *  3. It renames the path to `path.nr-stale`. If that is another file than the
 *     one that was probed, or if a further probe does not say that it is stale,
 *     it renames it back, without replacing what is at the path by then, and
 *     leaves. Else it removes the file and binds.
 *  4. Every server, also one that never replaces and so has no lock, looks
 *     after its listen whether the path is still its own. If not, it leaves.
 *
 *     a server without the lock         the one that replaces
 *     listen                            rename the path away
 *     look at the path                  probe the file
 *
 *     At least one of the two sees what the other one did. So no server goes on
 *     to listen at a path that it has lost.
 *
 * Rejected: to bind elsewhere, listen, and link to the path. It needs no step
 * 4, but peers and tools would be told the other name for ever.
 *
 * A file that was bound is removed only while its socket is open, which pins
 * the inode, too: the same device and number are the same file.
 */

#include "nanorun/sys/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nanorun/sys/linux/unix_name.h"

enum { LISTEN_BESIDE_MAX = NR_SYS_UNIX_NAME_MAX + sizeof ".nr-stale" };

/* Which file is at `path`; a symbolic link is none. Returns 0 or an error. */
static int listen_file_at(const char *path, nr_sys_unix_file *out)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return -errno;
    *out = (nr_sys_unix_file){st.st_dev, st.st_ino};
    return 0;
}

static bool listen_is_at(const char *path, const nr_sys_unix_file *file)
{
    nr_sys_unix_file now;

    return listen_file_at(path, &now) == 0 && now.device == file->device &&
           now.number == file->number;
}

void nr_sys_unix_unlink(const char *path, const nr_sys_unix_file *file)
{
    if (file->number != 0 && listen_is_at(path, file))
        unlink(path);
}

/* ---- the lock ---- */

/* Returns a descriptor, -EADDRINUSE if another process has the lock, or an
 * error. */
static int listen_lock(const char *lock_path)
{
    struct stat st;

    for (;;) {
        int fd =
            open(lock_path,
                 O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        int error = fd < 0 ? -errno : 0;

        if (error != 0)
            return error;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0)
            error = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
        else if (fstat(fd, &st) != 0)
            error = -errno;
        if (error == 0 && st.st_nlink != 0)
            return fd;
        close(fd);
        if (error != 0)
            return error;
    }
}

static void listen_unlock(const char *lock_path, int fd)
{
    unlink(lock_path);
    close(fd);
}

/* ---- what is there ---- */

/* Whether nobody listens on the socket that `pin` is a descriptor of. */
static bool listen_is_refused(int pin)
{
    char name[sizeof "/proc/self/fd/" + 3 * sizeof pin];
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error;

    if (nr_sys_unix_open(&s) != 0)
        return false;
    snprintf(name, sizeof name, "/proc/self/fd/%d", pin);
    error = nr_sys_unix_connect(s, name);
    nr_sys_socket_close(s);
    return error == -ECONNREFUSED;
}

/* Stores which file `pin` is a descriptor of, if it is a socket's. */
static bool listen_is_socket(int pin, nr_sys_unix_file *out)
{
    struct stat st;

    if (fstat(pin, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    *out = (nr_sys_unix_file){st.st_dev, st.st_ino};
    return true;
}

/* Step 3. Returns 0 or -EADDRINUSE. */
static int listen_take_away(const char *path, int pin,
                            const nr_sys_unix_file *file)
{
    char stale[LISTEN_BESIDE_MAX];

    snprintf(stale, sizeof stale, "%s.nr-stale", path);
    if (rename(path, stale) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (listen_is_at(stale, file) && listen_is_refused(pin))
        return unlink(stale) == 0 ? 0 : -errno;
    renameat2(AT_FDCWD, stale, AT_FDCWD, path, RENAME_NOREPLACE);
    return -EADDRINUSE;
}

/* Steps 2 and 3, with the lock. Returns 0 if nothing is at the path now. */
static int listen_make_room(const char *path)
{
    nr_sys_unix_file file;
    int pin = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int error = -EADDRINUSE;

    if (pin < 0)
        return errno == ENOENT ? 0 : -errno;
    if (listen_is_socket(pin, &file) && listen_is_refused(pin))
        error = listen_take_away(path, pin, &file);
    close(pin);
    return error;
}

/* ---- listening ---- */

static int listen_from_errno(int error)
{
    return error == ENOBUFS ? -ENOMEM : -error;
}

/* Binds gave the file no more than `mode`; the umask may have taken from it. */
static int listen_add_mode(const char *path, unsigned mode)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EADDRINUSE;
    if ((st.st_mode & 0777) == mode || chmod(path, mode) == 0)
        return 0;
    return -errno;
}

/* Binds `s` to a path. From then on an error removes the file. */
static int listen_bind_path(nr_sys_socket s, const char *path,
                            const nr_sys_unix_options *o,
                            nr_sys_unix_file *file)
{
    struct sockaddr_un at;
    socklen_t at_len;
    int error = nr_sys_unix_name(path, &at, &at_len);

    if (error == 0 && o->mode != 0 && fchmod((int)s, o->mode) != 0)
        error = -errno;
    if (error == 0 && bind((int)s, (struct sockaddr *)&at, at_len) != 0)
        error = listen_from_errno(errno);
    if (error != 0)
        return error;
    error = listen_file_at(path, file);
    if (error != 0) /* already taken away again */
        return error == -ENOENT ? -EADDRINUSE : error;
    if (o->mode != 0)
        error = listen_add_mode(path, o->mode);
    if (error == 0 && listen((int)s, o->backlog) != 0)
        error = listen_from_errno(errno);
    if (error == 0 && !listen_is_at(path, file))
        error = -EADDRINUSE;
    if (error != 0)
        nr_sys_unix_unlink(path, file);
    return error;
}

static int listen_at_path(nr_sys_socket s, const char *path,
                          const nr_sys_unix_options *o, nr_sys_unix_file *file)
{
    char lock_path[LISTEN_BESIDE_MAX];
    int lock, error;

    if (!o->replace_stale)
        return listen_bind_path(s, path, o, file);
    snprintf(lock_path, sizeof lock_path, "%s.nr-lock", path);
    lock = listen_lock(lock_path);
    if (lock < 0)
        return lock;
    error = listen_make_room(path);
    if (error == 0)
        error = listen_bind_path(s, path, o, file);
    listen_unlock(lock_path, lock);
    return error;
}

static int listen_at_abstract(nr_sys_socket s, const struct sockaddr_un *at,
                              socklen_t at_len, const nr_sys_unix_options *o)
{
    if (o->mode != 0)
        return -EINVAL;
    if (bind((int)s, (const struct sockaddr *)at, at_len) != 0 ||
        listen((int)s, o->backlog) != 0)
        return listen_from_errno(errno);
    return 0;
}

int nr_sys_unix_listen(const char *name, const nr_sys_unix_options *o,
                       nr_sys_socket *out, nr_sys_unix_file *file)
{
    nr_sys_unix_file bound = {0, 0};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    struct sockaddr_un at;
    socklen_t at_len;
    int error = nr_sys_unix_name(name, &at, &at_len);

    if (error == 0)
        error = nr_sys_unix_open(&s);
    if (error != 0)
        return error;
    error = name[0] == '@' ? listen_at_abstract(s, &at, at_len, o)
                           : listen_at_path(s, name, o, &bound);
    if (error != 0) {
        nr_sys_socket_close(s);
        return error;
    }
    *out = s;
    *file = bound;
    return 0;
}
