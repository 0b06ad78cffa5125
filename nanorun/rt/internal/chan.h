/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_CHAN_H
#define NANORUN_RT_INTERNAL_CHAN_H

/*
 * A channel and what waits for it: chan.c moves items and passes turns, under
 * the lock, chan_wait.c has the futures.
 */

#include "nanorun/rt/chan.h"
#include "nanorun/rt/internal/waitlist.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a waiter is granted. */
enum { NR_CHAN_TURN = 1, NR_CHAN_CLOSED = 2 };

struct nr_chan {
    nr_waiters receivers; /* with the lock of all that follows */
    nr_waiter_link senders;
    size_t item_size; /* constant, as is capacity */
    size_t capacity;
    size_t first;           /* index of the oldest item */
    size_t count;           /* of items */
    bool receiver_has_turn; /* one was woken and has not taken its item yet */
    bool sender_has_turn;   /* one was woken and has not put its item yet */
    bool is_closed;
    char items[];
};

/* What waits: a receiver, or a sender with its item behind it. */
typedef struct nr_chan_transfer {
    nr_chan_send_future head;
    bool is_in_line; /* or was granted and does not know yet */
    nr_chan *c;
    void *out; /* receivers; may be NULL */
    nr_waiter waiter;
    char item[];
} nr_chan_transfer;

/* What follows is called under the lock. Puts an item where there is room for
 * it; takes one where there is one. `out` may be NULL. */
void nr_chan_put(nr_chan *c, const void *item);
void nr_chan_take(nr_chan *c, void *out);

/* The same for who is in no line: 0, -EPIPE, or -EAGAIN. */
int nr_chan_try_put(nr_chan *c, const void *item);
int nr_chan_try_take(nr_chan *c, void *out);

/* Whether receivers get -EPIPE. */
bool nr_chan_is_drained(const nr_chan *c);

/* Gives the first of each line the turn, if it can have it, or tells receivers
 * that no more comes. Unlocks. */
void nr_chan_finish(nr_chan *c);

/* Not under the lock: stops the process unless `c` is a channel of items of
 * `size` bytes. */
void nr_chan_check(const nr_chan *c, size_t size, const char *who,
                   const char *place);

/* The kind of future that holds such an item; NR_CHAN_KINDS: none does. */
enum { NR_CHAN_KINDS = 28, NR_CHAN_ITEM_SIZE_MIN = 8 };
size_t nr_chan_kind(size_t item_size);

#ifdef __cplusplus
}
#endif

#endif
