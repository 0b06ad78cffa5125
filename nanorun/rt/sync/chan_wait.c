/* SPDX-License-Identifier: MIT */

/*
 * The futures of CHAN_SEND and CHAN_RECV. nr_future_ops fixes the size of a
 * future, so there is one kind of sender for each power of two that an item may
 * need, from 8 bytes to 2 to the power of 30.
 */

#include "nanorun/rt/sync/chan_wait.h"

#include <errno.h>
#include <string.h>

/* Ends the wait and leaves the line, or with -EAGAIN as the result joins the
 * line, unless it is there already. Unlocks. */
static nr_poll chan_wait_settle(nr_chan_transfer *f, nr_link *line, int result,
                                nr_context *cx)
{
    bool is_over = result != -EAGAIN;
    if (is_over)
        nr_waiter_leave(&f->waiter);
    else if (!f->is_in_line)
        nr_waiter_enlist(line, &f->waiter, cx->waker);
    f->is_in_line = !is_over;
    f->head.result = result;
    nr_chan_finish(f->c);
    if (!is_over)
        return NR_PENDING;
    f->head.base.phase = NR_OVER_; /* outside the line it owns nothing */
    return NR_READY;
}

/* Gives up the turn, if f has it. Returns whether it had. */
static bool chan_wait_end_turn(nr_chan_transfer *f, bool *has_turn)
{
    if (nr_waiter_granted(&f->waiter) != NR_CHAN_TURN)
        return false;
    *has_turn = false;
    return true;
}

static nr_poll chan_send_poll(nr_future *self, nr_context *cx)
{
    nr_chan_transfer *f = (nr_chan_transfer *)self;
    nr_chan *c = f->c;
    if (!f->is_in_line && !nr_context_spend(cx))
        return NR_PENDING;
    nr_waiters_lock(&c->receivers);
    int result = -EAGAIN;
    if (!f->is_in_line) {
        result = nr_chan_try_put(c, f->item);
    } else {
        bool had_turn = chan_wait_end_turn(f, &c->sender_has_turn);
        if (c->is_closed) {
            result = -EPIPE;
        } else if (had_turn) {
            nr_chan_put(c, f->item);
            result = 0;
        }
    }
    return chan_wait_settle(f, &c->senders, result, cx);
}

static nr_poll chan_recv_poll(nr_future *self, nr_context *cx)
{
    nr_chan_transfer *f = (nr_chan_transfer *)self;
    nr_chan *c = f->c;
    if (!f->is_in_line && !nr_context_spend(cx))
        return NR_PENDING;
    nr_waiters_lock(&c->receivers);
    int result = -EAGAIN;
    if (!f->is_in_line) {
        result = nr_chan_try_take(c, f->out);
    } else if (chan_wait_end_turn(f, &c->receiver_has_turn)) {
        nr_chan_take(c, f->out);
        result = 0;
    } else if (nr_chan_is_drained(c)) {
        result = -EPIPE;
    }
    return chan_wait_settle(f, &c->receivers.line_, result, cx);
}

static void chan_wait_leave(nr_chan_transfer *f, bool *has_turn)
{
    nr_waiters_lock(&f->c->receivers);
    nr_waiter_leave(&f->waiter);
    chan_wait_end_turn(f, has_turn);
    nr_chan_finish(f->c);
}

static void chan_send_drop(nr_future *self)
{
    nr_chan_transfer *f = (nr_chan_transfer *)self;
    if (f->is_in_line)
        chan_wait_leave(f, &f->c->sender_has_turn);
    nr_future_free(self);
}

static void chan_recv_drop(nr_future *self)
{
    nr_chan_transfer *f = (nr_chan_transfer *)self;
    if (f->is_in_line)
        chan_wait_leave(f, &f->c->receiver_has_turn);
    nr_future_free(self);
}

/* ---- making futures ---- */

/* A sender whose item takes up to ITEM_SIZE_MIN << shift bytes. */
#define NR_CHAN_SENDER_(shift)                                    \
    NR_OPS_("nr_chan_send", chan_send_poll, NULL, chan_send_drop, \
            sizeof(nr_chan_transfer) +                            \
                ((size_t)NR_CHAN_ITEM_SIZE_MIN << (shift)),       \
            NULL, false, 0)
#define NR_CHAN_SENDERS_7_(s)                                               \
    NR_CHAN_SENDER_(s), NR_CHAN_SENDER_((s) + 1), NR_CHAN_SENDER_((s) + 2), \
        NR_CHAN_SENDER_((s) + 3), NR_CHAN_SENDER_((s) + 4),                 \
        NR_CHAN_SENDER_((s) + 5), NR_CHAN_SENDER_((s) + 6)
static const nr_future_ops chan_send_ops[NR_CHAN_KINDS] = {
    NR_CHAN_SENDERS_7_(0), NR_CHAN_SENDERS_7_(7), NR_CHAN_SENDERS_7_(14),
    NR_CHAN_SENDERS_7_(21)};
static const nr_future_ops chan_recv_ops =
    NR_FUTURE_OPS(nr_chan_transfer, chan_recv_poll, NULL, chan_recv_drop);

nr_chan_send_future *nr_chan_send_(nr_chan *c, const void *item, size_t size,
                                   const char *who, const char *place)
{
    nr_chan_check(c, size, who, place);
    const nr_future_ops *ops = &chan_send_ops[nr_chan_kind(size)];
    nr_chan_transfer *f = nr_frame_new_(ops, ops->size);
    if (!f)
        return NULL;
    f->c = c;
    memcpy(f->item, item, size);
    return &f->head;
}

nr_chan_recv_future *nr_chan_recv_(nr_chan *c, void *out, size_t size,
                                   const char *who, const char *place)
{
    nr_chan_check(c, size, who, place);
    nr_chan_transfer *f = NR_FUTURE_NEW(nr_chan_transfer, &chan_recv_ops);
    if (!f)
        return NULL;
    f->c = c;
    f->out = out;
    return &f->head;
}
