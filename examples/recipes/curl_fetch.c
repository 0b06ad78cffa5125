/* SPDX-License-Identifier: MIT */
/*
 * curl_fetch url …: fetches all at once, and prints the status and size of each
 * in their order.
 *
 * libcurl's multi interface tells which sockets it uses, what to wait for on
 * each, and when it wants to be called at the latest. Here each socket has a
 * task that waits by nr_fd_ready, and the main task has the timer. Whichever
 * may go on locks the handle and calls curl_multi_socket_action.
 *     curl_fetch http://127.0.0.1:8080/a http://127.0.0.1:8080/b
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "nanorun/async.h"
#include "nanorun/io/fd.h"
#include "nanorun/rt/sync.h"

typedef struct fetcher {
    nr_mutex lock; /* of all that follows; libcurl has none */
    CURLM *multi;
    uint64_t deadline_ns; /* when libcurl wants to be called at the latest */
    int running;
    nr_notify changed; /* the deadline, or `running` */
    nr_group sockets;  /* tasks */
} fetcher;

/* A socket that libcurl uses. */
typedef struct watched {
    fetcher *f;
    curl_socket_t socket;
    unsigned want;
    nr_fd *fd; /* NULL: libcurl does not use it any more */
} watched;

static int to_curl(int ready)
{
    return (ready & NR_FD_READ ? CURL_CSELECT_IN : 0) |
           (ready & NR_FD_WRITE ? CURL_CSELECT_OUT : 0) |
           (ready & (NR_FD_ERROR | NR_FD_HANGUP) ? CURL_CSELECT_ERR : 0);
}

static unsigned from_curl(int what)
{
    return (what & CURL_POLL_IN ? NR_FD_READ : 0u) |
           (what & CURL_POLL_OUT ? NR_FD_WRITE : 0u);
}

/* Tells libcurl whenever its socket is ready, until libcurl has done with it. A
 * wait is made under the lock, where `fd` is there for sure; if on_socket ends
 * that during the wait, the wait ends, too. */
ASYNC_FN(void, serve_socket, ((watched *, w)), fetcher *f;
         nr_fd_ready_future * wait; int ready;)
{
    ASYNC_BEGIN(serve_socket);
    self->f = self->w->f;
    AWAIT(nr_mutex_lock(&self->f->lock));
    while (self->w->fd) {
        self->wait = nr_fd_ready(self->w->fd, self->w->want);
        nr_mutex_unlock(&self->f->lock);
        AWAIT(self->ready, self->wait);
        AWAIT(nr_mutex_lock(&self->f->lock));
        if (self->ready > 0 && self->w->fd)
            curl_multi_socket_action(self->f->multi, self->w->socket,
                                     to_curl(self->ready), &self->f->running);
        nr_notify_one(&self->f->changed);
    }
    nr_mutex_unlock(&self->f->lock);
    ASYNC_FINALLY;
    AWAIT(nr_mutex_lock(&self->w->f->lock));
    if (self->w->fd) { /* cancelled: libcurl still has it */
        curl_multi_assign(self->w->f->multi, self->w->socket, NULL);
        nr_fd_unwatch(self->w->fd);
    }
    nr_mutex_unlock(&self->w->f->lock);
    free(self->w);
    ASYNC_END;
}

/* ---- what libcurl calls, within a call that is made to it ---- */

static watched *begin_socket(fetcher *f, curl_socket_t socket, int what)
{
    watched *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->f = f;
    w->socket = socket;
    w->want = from_curl(what);
    if (nr_fd_watch(socket, &w->fd)) {
        free(w);
        return NULL;
    }
    GROUP_SPAWN(&f->sockets, serve_socket(w));
    return w;
}

/* `what` has changed, and so there is another watch and another task. The task
 * before frees what it had. libcurl may have closed the socket already. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *data,
                     void *socket_data)
{
    fetcher *f = data;
    watched *w = socket_data;
    (void)easy;
    if (w) {
        nr_fd_unwatch(w->fd);
        w->fd = NULL;
    }
    if (what == CURL_POLL_REMOVE)
        return 0;
    w = begin_socket(f, socket, what);
    curl_multi_assign(f->multi, socket, w);
    return w ? 0 : -1;
}

static int on_timer(CURLM *multi, long timeout_ms, void *data)
{
    fetcher *f = data;
    (void)multi;
    f->deadline_ns = timeout_ms < 0
                         ? UINT64_MAX
                         : nr_now_ns() + (uint64_t)timeout_ms * 1000000;
    nr_notify_one(&f->changed);
    return 0;
}

/* ---- the transfers ---- */

typedef struct page {
    CURL *easy;
    size_t size;
    CURLcode code;
} page;

static size_t on_bytes(char *bytes, size_t one, size_t size, void *data)
{
    (void)bytes;
    ((page *)data)->size += one * size;
    return one * size;
}

static void add_page(fetcher *f, page *p, const char *url)
{
    p->code = CURLE_OUT_OF_MEMORY;
    p->easy = curl_easy_init();
    if (!p->easy)
        return;
    curl_easy_setopt(p->easy, CURLOPT_URL, url);
    curl_easy_setopt(p->easy, CURLOPT_PRIVATE, p);
    curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(p->easy, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L);
    if (curl_multi_add_handle(f->multi, p->easy) == CURLM_OK)
        f->running++;
}

static void note_results(CURLM *multi)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(multi, &left))) {
        page *p;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
        p->code = m->data.result;
    }
}

/* Returns whether it was fetched. */
static bool print_page(const page *p, const char *url)
{
    long status = 0;
    if (p->code != CURLE_OK) {
        printf("%s: %s\n", url, curl_easy_strerror(p->code));
        return false;
    }
    curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
    printf("%s: %ld, %zu bytes\n", url, status, p->size);
    return status == 200;
}

static int fetcher_init(fetcher *f)
{
    nr_mutex_init(&f->lock);
    nr_notify_init(&f->changed);
    nr_group_init(&f->sockets);
    f->deadline_ns = UINT64_MAX;
    f->multi = curl_multi_init();
    if (!f->multi)
        return -1;
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
    return 0;
}

/* Until no transfer is left. Called when libcurl has something to do: the first
 * time at once, by on_timer. */
ASYNC_FN(void, fetcher_run, ((fetcher *, f)), uint64_t deadline_ns;)
{
    ASYNC_BEGIN(fetcher_run);
    AWAIT(nr_mutex_lock(&self->f->lock));
    while (self->f->running > 0) {
        self->deadline_ns = self->f->deadline_ns;
        nr_mutex_unlock(&self->f->lock);
        AWAIT(SELECT(nr_sleep_until_ns(self->deadline_ns),
                     nr_notify_wait(&self->f->changed)));
        AWAIT(nr_mutex_lock(&self->f->lock));
        if (nr_now_ns() < self->f->deadline_ns)
            continue;
        self->f->deadline_ns = UINT64_MAX;
        curl_multi_socket_action(self->f->multi, CURL_SOCKET_TIMEOUT, 0,
                                 &self->f->running);
    }
    note_results(self->f->multi);
    nr_mutex_unlock(&self->f->lock);
    ASYNC_END;
}

/* Within curl_multi_cleanup on_socket ends what is left. */
ASYNC_FN(void, end_transfers, ((fetcher *, f), (page *, pages), (int, n)), )
{
    ASYNC_BEGIN(end_transfers);
    AWAIT(nr_mutex_lock(&self->f->lock));
    for (int i = 0; self->pages && i < self->n; i++) {
        if (self->pages[i].easy)
            curl_multi_remove_handle(self->f->multi, self->pages[i].easy);
        curl_easy_cleanup(self->pages[i].easy);
    }
    curl_multi_cleanup(self->f->multi);
    nr_mutex_unlock(&self->f->lock);
    ASYNC_END;
}

ASYNC_FN(int, fetch_all, ((char **, urls), (int, n)), fetcher f; page * pages;
         int failed; bool is_begun;)
{
    ASYNC_BEGIN(fetch_all);
    self->is_begun = true;
    self->pages = calloc((size_t)self->n, sizeof *self->pages);
    if (fetcher_init(&self->f) || !self->pages)
        ASYNC_RETURN(EXIT_FAILURE);
    for (int i = 0; i < self->n; i++)
        add_page(&self->f, &self->pages[i], self->urls[i]);
    AWAIT(fetcher_run(&self->f));
    for (int i = 0; i < self->n; i++)
        self->failed += !print_page(&self->pages[i], self->urls[i]);
    ASYNC_RETURN(self->failed ? EXIT_FAILURE : EXIT_SUCCESS);
    ASYNC_FINALLY;
    if (self->is_begun)
        AWAIT(end_transfers(&self->f, self->pages, self->n));
    AWAIT(nr_group_join(&self->f.sockets));
    nr_group_deinit(&self->f.sockets);
    nr_notify_deinit(&self->f.changed);
    nr_mutex_deinit(&self->f.lock);
    free(self->pages);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s url ...\n", argv[0]);
        return EXIT_FAILURE;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int status = RUN(fetch_all(argv + 1, argc - 1));
    curl_global_cleanup();
    return status;
}
