/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* any inode number and size */

/*
 * Listening at a path. A server that crashes leaves its file behind. Such a
 * file is stale, and a connect to it is refused. But a refusal alone proves
 * nothing: a server that has bound its socket refuses, too, until it listens.
 * And another server may bind at the path after a probe of it and before the
 * removal of the file. So every server takes a lock on the file `path.nr-lock`
 * before it looks at the path, and holds the lock until it listens. While one
 * server of nanorun's has the lock, no other one is between its bind and its
 * listen. So if a socket at the path refuses then, it is stale.
 *
 *  - The lock is flock(2), which ends with the process. A server that does not
 *    get it leaves: another one is starting. The holder removes the file before
 *    it unlocks it, so whoever then has locked a removed file tries again.
 *  - The file that is probed is pinned by a descriptor (O_PATH), so that its
 *    number is no other file's, and the probe connects to that very file
 *    through /proc/self/fd. It is removed only if it is at the path still.
 *    Without /proc nothing is ever replaced.
 *  - Which file a bind made is looked up under the lock, too. The open socket
 *    pins the file, which is removed before the socket is closed: until then no
 *    server takes the file for stale, and no other file has its number.
 *
 * A program that knows nothing of the lock, or a server that could not have it,
 * may still be between its bind and its listen when it is probed. Nothing tells
 * that from a crash.
 *
 * Rejected: to rename a file away and probe it again, which a server without a
 * lock can notice by a look at the path after its listen. A third one binds
 * there meanwhile. Rejected: to bind elsewhere, listen, and link to the path:
 * peers and tools would be told the other name for ever. Rejected: a lock on
 * the directory, which anybody can hold who may read it.
 */

#include "nanorun/sys/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nanorun/sys/linux/unix_name.h"
#include "nanorun/sys/posix/errno.h"

enum { UNIX_LISTEN_LOCK_PATH_SIZE = NR_SYS_UNIX_NAME_MAX + sizeof ".nr-lock" };

_Static_assert(sizeof((struct stat *)0)->st_ino == sizeof(uint64_t) &&
                   sizeof(off_t) == sizeof(uint64_t),
               "no file's number or size is an error");

/* Which socket's file is at `path`. Returns 0, -EADDRINUSE if there is another
 * kind of file, a symbolic link as well, or an error. */
static int unix_listen_file_at(const char *path, nr_sys_unix_file *out)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EADDRINUSE;
    *out = (nr_sys_unix_file){st.st_dev, st.st_ino, getpid()};
    return 0;
}

static bool unix_listen_is_same(const nr_sys_unix_file *a,
                                const nr_sys_unix_file *b)
{
    return a->device == b->device && a->number == b->number;
}

static bool unix_listen_is_at(const char *path, const nr_sys_unix_file *file)
{
    nr_sys_unix_file now = {0, 0, 0}; /* for GCC at -O2 */

    return unix_listen_file_at(path, &now) == 0 &&
           unix_listen_is_same(&now, file);
}

/* The process is known by its number. The generation of rt/thread/fork.h does
 * not change in a child before the first runtime, and a server may well listen
 * before that. */
void nr_sys_unix_unlink(const char *path, const nr_sys_unix_file *file)
{
    if (file->number != 0 && file->process == getpid() &&
        unix_listen_is_at(path, file))
        unlink(path);
}

/* ---- the lock ---- */

/* Returns a descriptor, -EADDRINUSE if another server has the lock, or an
 * error. */
static int unix_listen_lock(const char *lock_path)
{
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat st;

    for (;;) {
        int fd = open(lock_path, flags, 0600);
        int error = 0;

        if (fd < 0)
            return -errno;
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

/* A file that is not empty is the user's, and stays. */
static void unix_listen_unlock(const char *lock_path, int lock)
{
    struct stat st;

    if (lock < 0)
        return;
    if (fstat(lock, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
        unlink(lock_path);
    close(lock);
}

/* ---- what is there ---- */

enum { UNIX_LISTEN_PIN_NAME_SIZE = sizeof "/proc/self/fd/" + 3 * sizeof(int) };

/* Stores the name by which the file of the descriptor is reached. */
static void unix_listen_name_pin(int pin, char name[UNIX_LISTEN_PIN_NAME_SIZE])
{
    snprintf(name, UNIX_LISTEN_PIN_NAME_SIZE, "/proc/self/fd/%d", pin);
}

/* Whether nobody listens on the socket that `pin` is a descriptor of. */
static bool unix_listen_is_refused(int pin)
{
    char name[UNIX_LISTEN_PIN_NAME_SIZE];
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error;

    if (nr_sys_unix_open(&s) != 0)
        return false;
    unix_listen_name_pin(pin, name);
    error = nr_sys_unix_connect(s, name);
    nr_sys_socket_close(s);
    return error == -ECONNREFUSED;
}

/* Stores which file `pin` is a descriptor of, if it is a socket's. */
static bool unix_listen_is_socket(int pin, nr_sys_unix_file *out)
{
    struct stat st;

    if (fstat(pin, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    *out = (nr_sys_unix_file){st.st_dev, st.st_ino, 0};
    return true;
}

/* With the lock. Returns 0 if nothing is at the path now. */
static int unix_listen_make_room(const char *path)
{
    nr_sys_unix_file file;
    int pin = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int error = -EADDRINUSE;

    if (pin < 0)
        return errno == ENOENT ? 0 : -errno;
    if (unix_listen_is_socket(pin, &file) && unix_listen_is_refused(pin) &&
        unix_listen_is_at(path, &file))
        error = unlink(path) == 0 ? 0 : -errno;
    close(pin);
    return error;
}

/* ---- listening ---- */

/* Changes the mode of the file that `pin` is a descriptor of. fchmod refuses
 * such descriptors, and chmod of the path would follow a link that somebody
 * has put there meanwhile. */
static int unix_listen_change_mode(int pin, unsigned mode)
{
    char name[UNIX_LISTEN_PIN_NAME_SIZE];

    unix_listen_name_pin(pin, name);
    if (chmod(name, mode) == 0)
        return 0;
    return errno == ENOENT ? -ENOTSUP : -errno; /* no /proc */
}

/* The bind gave the file no more than `mode`; the umask may have taken from it.
 * A file with two names may be another server's, linked to this path. */
static int unix_listen_add_mode(const char *path, const nr_sys_unix_file *file,
                                unsigned mode)
{
    nr_sys_unix_file found = {0, 0, 0};
    struct stat st;
    int pin = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int error = -EADDRINUSE;

    if (pin < 0)
        return -errno;
    if (unix_listen_is_socket(pin, &found) &&
        unix_listen_is_same(&found, file) && fstat(pin, &st) == 0 &&
        st.st_nlink == 1)
        error = (st.st_mode & 0777) == mode
                    ? 0
                    : unix_listen_change_mode(pin, mode);
    close(pin);
    return error;
}

/* Looks up which file the bind made. Removes it on an error, unless it is not
 * at the path any more. */
static int unix_listen_find_bound(const char *path, nr_sys_unix_file *out)
{
    int error = unix_listen_file_at(path, out);

    if (error != 0 && error != -ENOENT && error != -EADDRINUSE)
        unlink(path);
    return error;
}

/* Binds `s` to a path. From then on an error removes the file. */
static int unix_listen_bind_path(nr_sys_socket s, const char *path,
                                 const nr_sys_unix_options *o,
                                 nr_sys_unix_file *file)
{
    struct sockaddr_un at;
    socklen_t at_len;
    int error = nr_sys_unix_name(path, &at, &at_len);

    if (error == 0 && o->mode != 0 && fchmod((int)s, o->mode) != 0)
        error = -errno;
    if (error == 0 && bind((int)s, (struct sockaddr *)&at, at_len) != 0)
        error = nr_sys_from_errno(errno);
    if (error != 0)
        return error;
    error = unix_listen_find_bound(path, file);
    if (error != 0)
        return error;
    if (o->mode != 0)
        error = unix_listen_add_mode(path, file, o->mode);
    if (error == 0 && listen((int)s, o->backlog) != 0)
        error = nr_sys_from_errno(errno);
    if (error != 0)
        nr_sys_unix_unlink(path, file);
    return error;
}

/* The lock keeps this server from removing a live socket, and other servers
 * from taking this one's for stale before it listens. Only the first must not
 * go wrong. So a server that replaces nothing also starts without a lock, as
 * where the file of the lock is another user's; but not while another server
 * holds the lock. */
static int unix_listen_at_path(nr_sys_socket s, const char *path,
                               const nr_sys_unix_options *o,
                               nr_sys_unix_file *file)
{
    char lock_path[UNIX_LISTEN_LOCK_PATH_SIZE];
    int lock, error;

    snprintf(lock_path, sizeof lock_path, "%s.nr-lock", path);
    lock = unix_listen_lock(lock_path);
    if (lock == -EADDRINUSE || (lock < 0 && o->replace_stale))
        return lock;
    error = o->replace_stale ? unix_listen_make_room(path) : 0;
    if (error == 0)
        error = unix_listen_bind_path(s, path, o, file);
    unix_listen_unlock(lock_path, lock);
    return error;
}

static int unix_listen_at_abstract(nr_sys_socket s,
                                   const struct sockaddr_un *at,
                                   socklen_t at_len,
                                   const nr_sys_unix_options *o)
{
    if (o->mode != 0)
        return -EINVAL;
    if (bind((int)s, (const struct sockaddr *)at, at_len) != 0 ||
        listen((int)s, o->backlog) != 0)
        return nr_sys_from_errno(errno);
    return 0;
}

int nr_sys_unix_listen(const char *name, const nr_sys_unix_options *o,
                       nr_sys_socket *out, nr_sys_unix_file *file)
{
    nr_sys_unix_file bound = {0, 0, 0};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    struct sockaddr_un at;
    socklen_t at_len;
    int error = nr_sys_unix_name(name, &at, &at_len);

    if (error == 0)
        error = nr_sys_unix_open(&s);
    if (error != 0)
        return error;
    error = name[0] == '@' ? unix_listen_at_abstract(s, &at, at_len, o)
                           : unix_listen_at_path(s, name, o, &bound);
    if (error != 0) {
        nr_sys_socket_close(s);
        return error;
    }
    *out = s;
    *file = bound;
    return 0;
}
