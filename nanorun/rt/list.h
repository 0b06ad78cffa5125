/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_LIST_H
#define NANORUN_RT_LIST_H

/*
 * An intrusive, doubly linked list: the link is a member of the object in the
 * list. The list itself is a link, too, which closes the ring, so no operation
 * has a special case. The caller guards a list. Not for users; the header is
 * public because the objects of nanorun/rt/sync.h contain such lists.
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

/* Returns the object of type T whose `member` is at `pointer`. */
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

/* Makes `link`, which is in no list, the first (prepend) or the last (append)
 * of the list. */
static inline void nr_list_prepend(nr_link *list, nr_link *link)
{
    nr_list_insert_between_(list, list->next, link);
}

static inline void nr_list_append(nr_link *list, nr_link *link)
{
    nr_list_insert_between_(list->prev, list, link);
}

/* Removes `link` from its list. The fields of `link` keep their values; an
 * owner that tests by them whether it is in a list has to clear one. */
static inline void nr_list_remove(nr_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
}

/* Moves all links of `from` to `to`, which need not be initialized. */
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
