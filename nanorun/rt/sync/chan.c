/* SPDX-License-Identifier: MIT */

/*
 * A channel is a ring of items, a line of receivers and a line of senders under
 * one lock.
 *
 * When there is an item, the first receiver in line is woken and has the turn;
 * when there is room, so has the first sender. The turn lasts until that future
 * is polled and takes or puts its item. Then it passes to the next one in line,
 * if there is still an item or room. All others wait in line meanwhile. Three
 * properties follow:
 *
 *  - Items come and go in the order of the lines, whatever order the tasks run
 *    in. Rejected: to wake as many receivers as there are items, because they
 *    would be served in the order in which they happen to be polled.
 *  - The item stays where it is during the turn: in the ring, or in the
 *    sender's future. A future that is dropped during its turn only passes the
 *    turn on.
 *  - If the ring has an item and no receiver has the turn, no receiver is in
 *    line. If it has room and no sender has the turn, no sender is in line.
 *
 * A closed channel accepts no item: the senders in line and the one with the
 * turn get -EPIPE. Receivers go on in turn and get -EPIPE once the ring is
 * empty.
 */

#include "nanorun/rt/chan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nanorun/rt/sync/chan_wait.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

/* ---- under the lock ---- */

static char *chan_item_at(nr_chan *c, size_t i)
{
    size_t behind = c->capacity - c->first; /* slots up to the memory's end */
    return c->items + (i < behind ? c->first + i : i - behind) * c->item_size;
}

void nr_chan_put(nr_chan *c, const void *item)
{
    memcpy(chan_item_at(c, c->count++), item, c->item_size);
}

void nr_chan_take(nr_chan *c, void *out)
{
    if (out)
        memcpy(out, chan_item_at(c, 0), c->item_size);
    c->first = c->first + 1 < c->capacity ? c->first + 1 : 0;
    c->count--;
}

bool nr_chan_is_drained(const nr_chan *c)
{
    return c->is_closed && c->count == 0;
}

int nr_chan_try_put(nr_chan *c, const void *item)
{
    if (c->is_closed)
        return -EPIPE;
    if (c->sender_has_turn || nr_waiters_first(&c->senders) ||
        c->count == c->capacity)
        return -EAGAIN;
    nr_chan_put(c, item);
    return 0;
}

int nr_chan_try_take(nr_chan *c, void *out)
{
    if (nr_chan_is_drained(c))
        return -EPIPE;
    if (c->receiver_has_turn || nr_waiters_first(&c->receivers.line_) ||
        c->count == 0)
        return -EAGAIN;
    nr_chan_take(c, out);
    return 0;
}

static void chan_pass_turn(const nr_link *line, bool *has_turn,
                           nr_wake_batch *batch)
{
    nr_waiter *first = nr_waiters_first(line);
    if (!first || *has_turn)
        return;
    *has_turn = true;
    nr_waiter_grant(first, NR_CHAN_TURN, batch);
}

void nr_chan_finish(nr_chan *c)
{
    nr_waiters *w = &c->receivers;
    if (nr_chan_is_drained(c)) {
        nr_waiters_wake_all(w, &w->line_, NR_CHAN_CLOSED);
        return;
    }
    nr_wake_batch batch;
    batch.count = 0;
    if (c->count > 0)
        chan_pass_turn(&w->line_, &c->receiver_has_turn, &batch);
    if (c->count < c->capacity && !c->is_closed)
        chan_pass_turn(&c->senders, &c->sender_has_turn, &batch);
    nr_waiters_fire(w, &batch, false);
}

/* ---- for any thread ---- */

static void chan_die(const char *who, const char *what, const char *place)
{
    char line[96];
    snprintf(line, sizeof line, "%s %s", who, what);
    nr_sys_die(line, place);
}

void nr_chan_check(const nr_chan *c, size_t size, const char *who,
                   const char *place)
{
    if (!c)
        chan_die(who, "with a NULL channel", place);
    if (c->item_size != size)
        chan_die(who, "with a channel made for items of another type", place);
}

size_t nr_chan_kind(size_t item_size)
{
    size_t kind = 0, fits = NR_CHAN_ITEM_SIZE_MIN;
    for (; kind < NR_CHAN_KINDS && fits < item_size; kind++)
        fits *= 2;
    return kind;
}

int nr_chan_try_send_(nr_chan *c, const void *item, size_t size,
                      const char *who, const char *place)
{
    nr_chan_check(c, size, who, place);
    nr_waiters_lock(&c->receivers);
    int result = nr_chan_try_put(c, item);
    nr_chan_finish(c);
    return result;
}

int nr_chan_try_recv_(nr_chan *c, void *out, size_t size, const char *who,
                      const char *place)
{
    nr_chan_check(c, size, who, place);
    nr_waiters_lock(&c->receivers);
    int result = nr_chan_try_take(c, out);
    nr_chan_finish(c);
    return result;
}

void *nr_chan_new_(size_t item_size, size_t capacity)
{
    size_t items_size_max = SIZE_MAX / 2 - sizeof(nr_chan);
    if (capacity == 0 || nr_chan_kind(item_size) == NR_CHAN_KINDS ||
        (item_size != 0 && capacity > items_size_max / item_size)) {
        errno = EINVAL;
        return NULL;
    }
    nr_chan *c = nr_sys_alloc(sizeof *c + item_size * capacity);
    if (!c) {
        errno = ENOMEM;
        return NULL;
    }
    memset(c, 0, sizeof *c);
    nr_waiters_init(&c->receivers);
    nr_list_init(&c->senders);
    c->item_size = item_size;
    c->capacity = capacity;
    return c;
}

void nr_chan_close_(nr_chan *c, const char *place)
{
    if (!c)
        chan_die("CHAN_CLOSE", "with a NULL channel", place);
    nr_waiters *w = &c->receivers;
    nr_waiters_lock(w);
    c->is_closed = true;
    nr_waiters_pin(w); /* this thread locks again for the receivers */
    nr_waiters_wake_all(w, &c->senders, NR_CHAN_CLOSED);
    nr_waiters_lock(w);
    nr_waiters_unpin(w);
    nr_chan_finish(c);
}

void nr_chan_free_(nr_chan *c, const char *place)
{
    if (!c)
        return;
    nr_waiters *w = &c->receivers;
    nr_waiters_lock(w);
    if (nr_waiters_first(&w->line_) || nr_waiters_first(&c->senders) ||
        c->receiver_has_turn || c->sender_has_turn)
        nr_sys_die("CHAN_FREE of a channel that is in use", place);
    nr_waiters_settle(w);
    nr_waiters_unlock(w);
    nr_sys_free(c);
}
