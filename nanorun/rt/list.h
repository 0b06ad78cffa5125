/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_LIST_H
#define NANORUN_RT_LIST_H

/*
 * The doubly linked list of all that stands in a list of its own accord: the
 * link is a member of the object. The list itself is a link, too, that closes
 * the ring, so no operation has a special case. Not for users: it is here
 * because the objects of nanorun/rt/sync.h have such lists. The caller guards
 * a list.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_link {
    struct nr_link *next;
    struct nr_link *prev;
} nr_link;

/* The object of type T whose `member` is at `pointer`. */
#define NR_CONTAINER_OF(pointer, T, member) \
    ((T *)(void *)((char *)(pointer)-offsetof(T, member)))

static inline void nr_list_init(nr_link *list)
{
    list->next = list->prev = list;
}

static inline bool nr_list_is_empty(const nr_link *list)
{
    return list->next == list;
}

static inline void nr_list_insert_between_(nr_link *prev, nr_link *next,
                                           nr_link *link)
{
    link->next = next;
    link->prev = prev;
    prev->next = link;
    next->prev = link;
}

/* Make `link`, which is in no list, the first or the last of the list. */
static inline void nr_list_prepend(nr_link *list, nr_link *link)
{
    nr_list_insert_between_(list, list->next, link);
}

static inline void nr_list_append(nr_link *list, nr_link *link)
{
    nr_list_insert_between_(list->prev, list, link);
}

/* Takes `link` out of the list that it is in. Its own fields stay as they were:
 * an owner that asks it whether it is in a list clears one of them. */
static inline void nr_list_remove(nr_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
}

/* Moves all of `from` to `to`, which need not be initialized. */
static inline void nr_list_move(nr_link *to, nr_link *from)
{
    nr_list_init(to);
    if (nr_list_is_empty(from))
        return;
    *to = *from;
    to->next->prev = to->prev->next = to;
    nr_list_init(from);
}

#ifdef __cplusplus
}
#endif

#endif
