// SPDX-License-Identifier: MIT

// Senders and receivers of one channel, who wait, try, give up, and are cut off
// in between: what went in came out once, or is still in.

#include <cerrno>

#include "nanorun/rt/sync.h"
#include "tests/soak/soak.h"

namespace
{

enum { ENDS = 4, ITEMS = 400 / SOAK_SHARE, ROOM = 5, BOUNDS_MS = 2 };

Tally senders("senders", "items sent");
Tally receivers("receivers", "items received");

// What has passed one end of the channel; to sum up is to find each item.
struct Flow {
    void add(uint64_t item)
    {
        count++;
        sum += item;
        squares += item * item;
    }
    bool operator==(const Flow &o) const
    {
        return count == o.count && sum == o.sum && squares == o.squares;
    }
    std::atomic<uint64_t> count{0}, sum{0}, squares{0};
};

class Pipes;
ASYNC_DECLARE(void, pipes_run, ((Pipes *, w), (uint32_t, seed)));

class Pipes : public WorkOf<Pipes, pipes_run_future, pipes_run>
{
  public:
    ~Pipes() override
    {
        CHAN_FREE(c);
    }
    void check(bool was_cut) override
    {
        uint64_t item;
        CHAN_CLOSE(c);
        SOAK_CHECK(was_cut || in.count >= ENDS); // each begins with a send
        SOAK_CHECK(was_cut || in == out);
        while (CHAN_TRY_RECV(c, &item) == 0)
            out.add(item);
        SOAK_CHECK(in == out);
    }
    CHAN(uint64_t) *c = CHAN_NEW(uint64_t, ROOM);
    std::atomic<uint64_t> next{1};
    Flow in, out;
};

ASYNC_FN(void, send_items, ((Pipes *, w), (uint32_t, seed)), int i, err, sent;
         uint64_t item; Life life;)
{
    ASYNC_BEGIN(send_items);
    senders.begin(&self->life);
    for (self->i = 0; self->i < ITEMS; self->i++) {
        self->item = self->w->next++;
        self->sent = -EAGAIN;
        if (self->i % 3 == 0)
            AWAIT(self->sent, CHAN_SEND(self->w->c, self->item));
        else if (self->i % 3 == 1)
            self->sent = CHAN_TRY_SEND(self->w->c, self->item);
        else
            AWAIT(self->err,
                  TIMEOUT_MS(random_below(&self->seed, BOUNDS_MS),
                             CHAN_SEND(self->w->c, self->item), &self->sent));
        SOAK_CHECK(self->sent == 0 || self->sent == -EAGAIN);
        if (self->sent == 0) {
            self->w->in.add(self->item);
            senders.amount++;
        }
    }
    self->life.has_returned = true;
    ASYNC_FINALLY;
    senders.end(self->life);
    ASYNC_END;
}

ASYNC_FN(void, receive_items, ((Pipes *, w), (uint32_t, seed)), int i, got;
         uint64_t item; Life life;)
{
    ASYNC_BEGIN(receive_items);
    receivers.begin(&self->life);
    for (self->i = 0; self->got != -EPIPE; self->i++) {
        self->got = -EAGAIN;
        if (self->i % 3 == 0)
            AWAIT(self->got, CHAN_RECV(self->w->c, &self->item));
        else if (self->i % 3 == 1)
            self->got = CHAN_TRY_RECV(self->w->c, &self->item);
        else
            AWAIT(SELECT(INTO(&self->got, CHAN_RECV(self->w->c, &self->item)),
                         nr_sleep_ms(random_below(&self->seed, BOUNDS_MS))));
        SOAK_CHECK(self->got == 0 || self->got == -EAGAIN ||
                   self->got == -EPIPE);
        if (self->got == 0) {
            self->w->out.add(self->item);
            receivers.amount++;
        }
        if (self->got == -EAGAIN)
            YIELD_NOW();
    }
    self->life.has_returned = true;
    ASYNC_FINALLY;
    receivers.end(self->life);
    ASYNC_END;
}

ASYNC_DEFINE(void, pipes_run, ((Pipes *, w), (uint32_t, seed)), uint32_t i;
             nr_group sending, receiving;)
{
    ASYNC_BEGIN(pipes_run);
    nr_group_init(&self->sending);
    nr_group_init(&self->receiving);
    for (self->i = 0; self->i < ENDS; self->i++) {
        self->seed = soak_seed(self->seed, self->i);
        GROUP_SPAWN(&self->sending, send_items(self->w, self->seed));
        GROUP_SPAWN(&self->receiving, receive_items(self->w, self->seed));
    }
    AWAIT(nr_group_join(&self->sending));
    CHAN_CLOSE(self->w->c);
    AWAIT(nr_group_join(&self->receiving));
    ASYNC_FINALLY;
    nr_group_abort(&self->sending);
    nr_group_abort(&self->receiving);
    AWAIT(nr_group_join(&self->sending));
    AWAIT(nr_group_join(&self->receiving));
    nr_group_deinit(&self->sending);
    nr_group_deinit(&self->receiving);
    ASYNC_END;
}

} // namespace

std::unique_ptr<Work> soak_pipes()
{
    return std::unique_ptr<Work>(new Pipes);
}
