/* SPDX-License-Identifier: MIT */
/*
 * crawler address [path]: reads a web site, from one page along its links, and
 * prints the size and the path of every page. Links are href="/…" only.
 *
 * Each page is a task. Pages find further pages, so their number is not known
 * in advance: a group has all of them, and a semaphore bounds how many have a
 * connection at a time. Try it with
 *     http_server 127.0.0.1:8080 . &
 *     crawler 127.0.0.1:8080 /index.html
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "examples/fetch.h"
#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/rt/sync.h"

enum { AT_ONCE = 4, PAGES_MAX = 256, PATH_SIZE = 128, PAGE_SIZE = 65536 };

/* Of the frame of `crawl`, which all pages borrow from. */
typedef struct site {
    nr_addr addr;
    nr_group pages;
    nr_semaphore connections;
    nr_mutex lock; /* of what follows */
    int seen_count, failed;
    char seen[PAGES_MAX][PATH_SIZE];
} site;

ASYNC_DECLARE(void, read_page, ((site *, s), (const char *, path)));

/* A place for the path of len bytes; NULL: seen already, or no room. */
static const char *note_path(site *s, const char *path, size_t len)
{
    if (len >= PATH_SIZE || s->seen_count == PAGES_MAX)
        return NULL;
    for (int i = 0; i < s->seen_count; i++) {
        if (strlen(s->seen[i]) == len && memcmp(s->seen[i], path, len) == 0)
            return NULL;
    }
    return memcpy(s->seen[s->seen_count++], path, len);
}

/* A child may spawn siblings: the join waits for them, too. */
static void follow_links(site *s, const char *text)
{
    while ((text = strstr(text, "href=\"/")) != NULL) {
        text += strlen("href=\"");
        const char *path = note_path(s, text, strcspn(text, "\"#?"));
        if (path)
            GROUP_SPAWN(&s->pages, read_page(s, path));
    }
}

ASYNC_DEFINE(void, read_page, ((site *, s), (const char *, path)), char *buf;
             ptrdiff_t len; bool has_permit;)
{
    ASYNC_BEGIN(read_page);
    AWAIT(nr_semaphore_acquire(&self->s->connections, 1));
    self->has_permit = true; /* also where the next lines are cancelled */
    self->buf = malloc(PAGE_SIZE);
    if (self->buf)
        AWAIT(self->len,
              fetch(&self->s->addr, self->path, self->buf, PAGE_SIZE));
    AWAIT(nr_mutex_lock(&self->s->lock));
    bool is_page = self->len > 0 && strstr(self->buf, " 200 ") != NULL;
    printf("%6td %s\n", is_page ? self->len : -1, self->path);
    self->s->failed += !is_page;
    if (is_page)
        follow_links(self->s, self->buf);
    nr_mutex_unlock(&self->s->lock);
    ASYNC_FINALLY;
    free(self->buf);
    if (self->has_permit)
        nr_semaphore_release(&self->s->connections, 1);
    ASYNC_END;
}

ASYNC_FN(int, crawl, ((const nr_addr *, addr), (const char *, path)), site s;)
{
    ASYNC_BEGIN(crawl);
    self->s.addr = *self->addr;
    nr_group_init(&self->s.pages);
    nr_semaphore_init(&self->s.connections, AT_ONCE);
    nr_mutex_init(&self->s.lock);
    const char *first = note_path(&self->s, self->path, strlen(self->path));
    if (first)
        GROUP_SPAWN(&self->s.pages, read_page(&self->s, first));
    AWAIT(nr_group_join(&self->s.pages)); /* cancelled, it aborts them */
    ASYNC_RETURN(self->s.failed || !self->s.seen_count);
    ASYNC_FINALLY;
    nr_group_deinit(&self->s.pages);
    nr_semaphore_deinit(&self->s.connections);
    nr_mutex_deinit(&self->s.lock);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    nr_addr addr;
    if (argc < 2 || argc > 3 || nr_addr_parse(&addr, argv[1])) {
        fprintf(stderr, "usage: %s address [path]\n", argv[0]);
        return EXIT_FAILURE;
    }
    return RUN(crawl(&addr, argc > 2 ? argv[2] : "/"));
}
