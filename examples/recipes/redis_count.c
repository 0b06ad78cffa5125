/* SPDX-License-Identifier: MIT */
/*
 * redis_count path clients times: many tasks count up one number of a Redis
 * server, over one connection to its Unix socket, and print the end of it.
 *
 * hiredis tells by hooks what it wants to know of its socket. One task,
 * `redis_serve`, waits for that by nr_fd_ready. Any task may send a command and
 * await its reply. Try it with
 *     redis-server --port 0 --unixsocket /tmp/redis.sock &
 *     redis_count /tmp/redis.sock 100 10
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "nanorun/async.h"
#include "nanorun/io/fd.h"
#include "nanorun/rt/sync.h"

/* ---- the connection ---- */

typedef struct redis {
    nr_mutex lock;         /* of all that follows; hiredis has no lock */
    redisAsyncContext *ac; /* NULL: hiredis has freed it */
    nr_fd *fd;
    unsigned want;     /* NR_FD_READ, NR_FD_WRITE */
    nr_notify changed; /* `want`, or the end */
} redis;

/* The hooks, which hiredis calls within the calls that are made to it. */

static void redis_want(redis *r, unsigned want)
{
    if (want != r->want)
        nr_notify_one(&r->changed);
    r->want = want;
}

static void add_read(void *data)
{
    redis_want(data, ((redis *)data)->want | NR_FD_READ);
}

static void del_read(void *data)
{
    redis_want(data, ((redis *)data)->want & ~(unsigned)NR_FD_READ);
}

static void add_write(void *data)
{
    redis_want(data, ((redis *)data)->want | NR_FD_WRITE);
}

static void del_write(void *data)
{
    redis_want(data, ((redis *)data)->want & ~(unsigned)NR_FD_WRITE);
}

/* hiredis frees the connection after this. */
static void cleanup(void *data)
{
    redis *r = data;
    r->ac = NULL;
    nr_notify_one(&r->changed);
}

/* Begins to connect. Returns 0 or a negative errno. Call redis_close in any
 * case. */
static int redis_open(redis *r, const char *path)
{
    nr_mutex_init(&r->lock);
    nr_notify_init(&r->changed);
    redisAsyncContext *ac = redisAsyncConnectUnix(path);
    if (!ac)
        return -ENOMEM;
    r->ac = ac;
    ac->ev.data = r;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    if (ac->err) {
        fprintf(stderr, "redis: %s\n", ac->errstr);
        return -EIO;
    }
    return nr_fd_watch(ac->c.fd, &r->fd);
}

/* Serves the connection until it ends. hiredis may end it within any call. */
ASYNC_FN(void, redis_serve, ((redis *, r)), unsigned want; int ready;)
{
    ASYNC_BEGIN(redis_serve);
    AWAIT(nr_mutex_lock(&self->r->lock));
    while (self->r->ac) {
        self->want = self->r->want;
        self->ready = 0;
        nr_mutex_unlock(&self->r->lock);
        AWAIT(SELECT(INTO(&self->ready, nr_fd_ready(self->r->fd, self->want)),
                     nr_notify_wait(&self->r->changed)));
        AWAIT(nr_mutex_lock(&self->r->lock));
        if (self->r->ac && self->ready & ~NR_FD_WRITE)
            redisAsyncHandleRead(self->r->ac); /* it finds errors, too */
        if (self->r->ac && self->ready & NR_FD_WRITE)
            redisAsyncHandleWrite(self->r->ac);
    }
    nr_mutex_unlock(&self->r->lock);
    ASYNC_END;
}

/* Ends the connection; a command that has no reply yet fails. */
ASYNC_FN(void, redis_end, ((redis *, r)), )
{
    ASYNC_BEGIN(redis_end);
    AWAIT(nr_mutex_lock(&self->r->lock));
    if (self->r->ac)
        redisAsyncFree(self->r->ac); /* closes the socket; fd may come later */
    nr_mutex_unlock(&self->r->lock);
    ASYNC_END;
}

static void redis_close(redis *r)
{
    nr_fd_unwatch(r->fd);
    nr_notify_deinit(&r->changed);
    nr_mutex_deinit(&r->lock);
}

/* ---- commands ---- */

typedef struct answer {
    nr_notify is_there;
    long long number;
    int error;
} answer;

static void on_reply(redisAsyncContext *ac, void *reply, void *data)
{
    answer *a = data;
    const redisReply *r = reply; /* hiredis frees it after this */
    (void)ac;
    if (!r)
        a->error = -ECONNRESET;
    else if (r->type != REDIS_REPLY_INTEGER)
        a->error = -EINVAL;
    else
        a->number = r->integer;
    nr_notify_one(&a->is_there);
}

/* Adds `by` to the number `key` of the server. A command that was sent cannot
 * be taken back, so a cancelled call waits for its reply, too. */
ASYNC_FN(int, redis_add,
         ((redis *, r), (const char *, key), (int, by), (long long *, out)),
         answer a;
         bool is_sent, is_answered;)
{
    ASYNC_BEGIN(redis_add);
    nr_notify_init(&self->a.is_there);
    AWAIT(nr_mutex_lock(&self->r->lock));
    self->is_sent =
        self->r->ac &&
        redisAsyncCommand(self->r->ac, on_reply, &self->a, "INCRBY %s %d",
                          self->key, self->by) == REDIS_OK;
    nr_mutex_unlock(&self->r->lock);
    if (!self->is_sent)
        ASYNC_RETURN(-ECONNRESET);
    AWAIT(nr_notify_wait(&self->a.is_there));
    self->is_answered = true;
    *self->out = self->a.number;
    ASYNC_RETURN(self->a.error);
    ASYNC_FINALLY;
    if (self->is_sent && !self->is_answered)
        AWAIT(nr_notify_wait(&self->a.is_there));
    nr_notify_deinit(&self->a.is_there);
    ASYNC_END;
}

/* ---- the program ---- */

ASYNC_FN(void, count, ((redis *, r), (int, times)), int i, error;
         long long number;)
{
    ASYNC_BEGIN(count);
    for (; self->i < self->times && !self->error; self->i++)
        AWAIT(self->error, redis_add(self->r, "count", 1, &self->number));
    ASYNC_END;
}

ASYNC_FN(int, run, ((const char *, path), (int, clients), (int, times)),
         redis r;
         nr_group server, counters; long long number; int i, error;
         bool is_begun;)
{
    ASYNC_BEGIN(run);
    self->is_begun = true;
    nr_group_init(&self->server);
    nr_group_init(&self->counters);
    self->error = redis_open(&self->r, self->path);
    if (self->error)
        ASYNC_RETURN(EXIT_FAILURE);
    GROUP_SPAWN(&self->server, redis_serve(&self->r));
    for (self->i = 0; self->i < self->clients; self->i++)
        GROUP_SPAWN(&self->counters, count(&self->r, self->times));
    AWAIT(nr_group_join(&self->counters));
    AWAIT(self->error, redis_add(&self->r, "count", 0, &self->number));
    if (self->error) {
        fprintf(stderr, "redis: %s\n", nr_strerror(self->error));
        ASYNC_RETURN(EXIT_FAILURE);
    }
    printf("%lld\n", self->number);
    ASYNC_RETURN(EXIT_SUCCESS);
    ASYNC_FINALLY;
    if (self->is_begun)
        AWAIT(redis_end(&self->r));
    AWAIT(nr_group_join(&self->counters));
    AWAIT(nr_group_join(&self->server));
    nr_group_deinit(&self->counters);
    nr_group_deinit(&self->server);
    redis_close(&self->r);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s path clients times\n", argv[0]);
        return EXIT_FAILURE;
    }
    return RUN(run(argv[1], atoi(argv[2]), atoi(argv[3])));
}
