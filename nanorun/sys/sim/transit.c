/* SPDX-License-Identifier: MIT */

/*
 * The way of a byte:
 *
 *     written --------> due --------> arrived --> read ------> released
 *      write    depart        arrival        read      release
 *
 * Each pipe has one event, `arrival`, for all bytes that were written before it
 * was set. So bytes keep their order, and several writes may arrive as one.
 * Bytes that are written later wait for that event and then travel for the rest
 * of their time. Nothing is allocated on the way, so nothing is lost for lack
 * of memory.
 *
 * Bytes are released some time after they were read, as acknowledgements
 * travel, too; only then does a writer that found no room learn of it. A pipe
 * that was full doubles then, as systems tune their buffers; otherwise a large
 * transfer would take for ever with a few bytes of room.
 *
 * A closed end stays in the connection until the other end is closed, too.
 * Bytes that arrive at a closed end are answered by a reset.
 */

#include "nanorun/sys/sim/transit.h"

#include <errno.h>
#include <stddef.h>

#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

static const uint64_t TRANSIT_DEFAULT_DELAY_NS = 1000000;

static uint64_t transit_delay_max_ns(void)
{
    uint64_t max_ns = nr_sim_config_of_run()->net_delay_ns;

    return max_ns != 0 ? max_ns : TRANSIT_DEFAULT_DELAY_NS;
}

/* Some time until then. */
static uint64_t transit_draw_until(uint64_t by_ns)
{
    uint64_t now_ns = nr_sim_now_ns();
    uint64_t left_ns = by_ns > now_ns ? by_ns - now_ns : 0;

    if (left_ns > UINT32_MAX - 1)
        left_ns = UINT32_MAX - 1;
    return now_ns + nr_sim_random((uint32_t)left_ns + 1);
}

uint64_t nr_sim_arrival_ns(void)
{
    return transit_draw_until(nr_sim_now_ns() + transit_delay_max_ns());
}

/* ---- bytes ---- */

static void transit_arrive(nr_sim_event *event);

static void transit_depart(nr_sim_pipe *p, uint64_t by_ns)
{
    p->due = p->written;
    nr_sim_at(&p->arrival, transit_draw_until(by_ns), transit_arrive);
}

void nr_sim_arrive_later(nr_sim_end *to)
{
    nr_sim_pipe *p = &to->in;
    uint64_t by_ns = nr_sim_now_ns() + transit_delay_max_ns();

    if (!p->arrival.happen)
        transit_depart(p, by_ns);
    else if (p->rest_by_ns == 0)
        p->rest_by_ns = by_ns;
}

/* An end that has no reader any more answers with a reset. */
static void transit_deliver(nr_sim_end *e, uint64_t until)
{
    uint64_t count = until - e->in.arrived;

    if (count == 0 || e->state != NR_SIM_CONNECTED)
        return;
    if (!e->is_held) {
        e->state = NR_SIM_CLOSED;
        nr_sim_reset_later(e->other);
    } else if (nr_sim_chance(nr_sim_config_of_run()->net_reset)) {
        nr_sim_trace(NR_SIM_END_FORMAT ": is reset", NR_SIM_END_NAME(e));
        nr_sim_reset_later(e->other);
        nr_sim_end_fail(e, ECONNRESET);
    } else {
        e->in.arrived = until;
        nr_sim_trace(NR_SIM_END_FORMAT ": %llu bytes arrive",
                     NR_SIM_END_NAME(e), (unsigned long long)count);
        nr_sim_end_changed(e, NR_SYS_READABLE);
    }
}

static void transit_arrive(nr_sim_event *event)
{
    nr_sim_end *e = (void *)((char *)event - offsetof(nr_sim_end, in.arrival));

    transit_deliver(e, e->in.due);
    if (e->in.written != e->in.due)
        transit_depart(&e->in, e->in.rest_by_ns);
    e->in.rest_by_ns = 0;
}

/* ---- the end of the stream ---- */

static nr_sim_end *transit_of_closing(nr_sim_event *event)
{
    return (void *)((char *)event - offsetof(nr_sim_end, in.closing));
}

/* With all that is still on its way, so that it is on time itself. Both ends
 * have closed when each has the other's end of stream. */
static void transit_end(nr_sim_event *event)
{
    nr_sim_end *e = transit_of_closing(event);

    nr_sim_cancel(&e->in.arrival);
    transit_deliver(e, e->in.written);
    if (e->state != NR_SIM_CONNECTED)
        return;
    nr_sim_trace(NR_SIM_END_FORMAT ": the end of the stream arrives",
                 NR_SIM_END_NAME(e));
    e->has_ended = true;
    if (!e->other->has_ended) {
        nr_sim_end_changed(e, NR_SYS_READABLE);
        return;
    }
    e->state = NR_SIM_CLOSED;
    e->other->state = NR_SIM_CLOSED;
    nr_sim_end_changed(e, NR_SIM_BOTH);
    nr_sim_end_changed(e->other, NR_SIM_BOTH);
}

void nr_sim_end_later(nr_sim_end *to)
{
    nr_sim_at(&to->in.closing, nr_sim_arrival_ns(), transit_end);
}

/* As Linux: what has arrived can still be read, and who knows already that
 * nothing more comes learns of it by writing. */
static void transit_reset(nr_sim_event *event)
{
    nr_sim_end *e = transit_of_closing(event);

    nr_sim_cancel(&e->in.arrival);
    if (e->state != NR_SIM_CONNECTED)
        return;
    nr_sim_trace(NR_SIM_END_FORMAT ": a reset arrives", NR_SIM_END_NAME(e));
    nr_sim_end_fail(e, e->has_ended ? EPIPE : ECONNRESET);
}

void nr_sim_reset_later(nr_sim_end *to)
{
    if (to->state != NR_SIM_CONNECTED)
        return;
    nr_sim_cancel(&to->in.closing);
    nr_sim_at(&to->in.closing, nr_sim_arrival_ns(), transit_reset);
}

/* ---- room ---- */

static void transit_release(nr_sim_event *event)
{
    nr_sim_end *e = (void *)((char *)event - offsetof(nr_sim_end, in.release));
    nr_sim_pipe *p = &e->in;
    bool was_full = nr_sim_pipe_room(p) == 0;

    p->released = p->read;
    if (!was_full)
        return;
    if (p->room < NR_SIM_PIPE_SIZE)
        p->room *= 2;
    nr_sim_trace(NR_SIM_END_FORMAT ": has room again",
                 NR_SIM_END_NAME(e->other));
    nr_sim_end_changed(e->other, NR_SYS_WRITABLE);
}

void nr_sim_release_later(nr_sim_end *e)
{
    if (!e->in.release.happen)
        nr_sim_at(&e->in.release, nr_sim_arrival_ns(), transit_release);
}
