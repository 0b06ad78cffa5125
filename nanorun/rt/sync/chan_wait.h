/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SYNC_CHAN_WAIT_H
#define NANORUN_RT_SYNC_CHAN_WAIT_H

/*
 * A channel and the futures that wait for it. chan.c moves items and passes the
 * turn under the lock; chan_wait.c has the futures.
 */

#include "nanorun/rt/chan.h"
#include "nanorun/rt/sync/waitlist.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The values that a waiter is granted. */
enum { NR_CHAN_TURN = 1, NR_CHAN_CLOSED = 2 };

struct nr_chan {
    nr_waiters receivers; /* its lock guards all fields */
    nr_link senders;
    size_t item_size; /* constant, as is capacity */
    size_t capacity;
    size_t first;           /* index of the oldest item */
    size_t count;           /* of items */
    bool receiver_has_turn; /* one was woken and has not yet taken an item */
    bool sender_has_turn;   /* one was woken and has not yet put its item */
    bool is_closed;
    char items[];
};

/* A receiver's future, or a sender's with its item behind it. */
typedef struct nr_chan_transfer {
    nr_chan_send_future head;
    bool is_in_line; /* also while a grant has not been noticed */
    nr_chan *c;
    void *out; /* of receivers; may be NULL */
    nr_waiter waiter;
    char item[];
} nr_chan_transfer;

/* The functions below are called under the lock. put needs room in the ring,
 * take needs an item. `out` may be NULL. */
void nr_chan_put(nr_chan *c, const void *item);
void nr_chan_take(nr_chan *c, void *out);

/* The same for a caller that is in no line: 0, -EPIPE, or -EAGAIN. */
int nr_chan_try_put(nr_chan *c, const void *item);
int nr_chan_try_take(nr_chan *c, void *out);

/* Whether receivers get -EPIPE. */
bool nr_chan_is_drained(const nr_chan *c);

/* Gives the first of each line the turn if it is due, or tells the receivers
 * that no further item comes. Unlocks. */
void nr_chan_finish(nr_chan *c);

/* Stops the process unless `c` is a channel of items of `size` bytes. Called
 * without the lock. */
void nr_chan_check(const nr_chan *c, size_t size, const char *who,
                   const char *place);

/* The kind of future that holds an item of that size; NR_CHAN_KINDS if none
 * does. */
enum { NR_CHAN_KINDS = 28, NR_CHAN_ITEM_SIZE_MIN = 8 };
size_t nr_chan_kind(size_t item_size);

#ifdef __cplusplus
}
#endif

#endif
