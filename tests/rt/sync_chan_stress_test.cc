// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/sys/thread.h"
#include "tests/rt/sync_stress.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

// Many senders and many receivers, in tasks of two runtimes and in plain
// threads, some of whom give up: every item is received exactly once, and each
// sender's items in their order.

namespace
{

enum { SENDERS = 8, RECEIVERS = 8 };

struct Item {
    uint32_t sender, number;
};

typedef CHAN(Item) item_chan;

struct Traffic {
    item_chan *c;
    nr_notify gong; // makes somebody give up
    uint32_t per_sender;
    std::vector<std::atomic<uint8_t>> seen;
    std::atomic<uint32_t> sent{0}, received{0};

    Traffic(size_t capacity, uint32_t items)
        : c(CHAN_NEW(Item, capacity)), per_sender(items / SENDERS),
          seen(per_sender * SENDERS)
    {
        nr_notify_init(&gong);
    }
    ~Traffic()
    {
        nr_notify_deinit(&gong);
        CHAN_FREE(c);
    }
    void Note(const Item &item)
    {
        EXPECT_EQ(seen[item.sender * per_sender + item.number]++, 0);
        received++;
    }
    void ExpectAllSeen()
    {
        EXPECT_EQ(received, per_sender * SENDERS);
        for (auto &count : seen)
            ASSERT_EQ(count, 1);
    }
};

// What one receiver has got: of each sender, in order.
struct Order {
    int64_t last[SENDERS] = {-1, -1, -1, -1, -1, -1, -1, -1};

    void Note(const Item &item)
    {
        EXPECT_GT((int64_t)item.number, last[item.sender]);
        last[item.sender] = item.number;
    }
};

ASYNC_FN(void, send_all, ((Traffic *, t), (uint32_t, sender)), uint32_t i;
         int err;)
{
    ASYNC_BEGIN(send_all);
    for (self->i = 0; self->i < self->t->per_sender; self->i++) {
        AWAIT(self->err, CHAN_SEND(self->t->c, Item{self->sender, self->i}));
        EXPECT_EQ(self->err, 0);
    }
    ASYNC_END;
}

ASYNC_FN(void, receive_all, ((Traffic *, t), (Order *, order)), Item item;
         int err;)
{
    ASYNC_BEGIN(receive_all);
    for (;;) {
        AWAIT(self->err, CHAN_RECV(self->t->c, &self->item));
        if (self->err)
            break;
        self->t->Note(self->item);
        self->order->Note(self->item);
    }
    EXPECT_EQ(self->err, -EPIPE);
    ASYNC_END;
}

// Makes one of those who wait give up, or the next that comes, or all.
void ring(Traffic *t, uint32_t random)
{
    if (random % 4 == 0)
        nr_notify_one(&t->gong);
    if (random % 64 == 0)
        nr_notify_all(&t->gong);
}

// Gives up now and then, and sends the same item again.
ASYNC_FN(void, send_impatiently,
         ((Traffic *, t), (uint32_t, sender), (uint32_t, random)), uint32_t i;
         int which, err;)
{
    ASYNC_BEGIN(send_impatiently);
    for (self->i = 0; self->i < self->t->per_sender; self->i++) {
        do {
            AWAIT(
                self->which,
                SELECT(nr_notify_wait(&self->t->gong),
                       INTO(&self->err, CHAN_SEND(self->t->c, Item{self->sender,
                                                                   self->i}))));
        } while (self->which == 0);
        EXPECT_EQ(self->err, 0);
        ring(self->t, random_next(&self->random));
    }
    ASYNC_END;
}

ASYNC_FN(void, receive_impatiently,
         ((Traffic *, t), (Order *, order), (uint32_t, random)), Item item;
         int which, err;)
{
    ASYNC_BEGIN(receive_impatiently);
    for (;;) {
        AWAIT(self->which,
              SELECT(nr_notify_wait(&self->t->gong),
                     INTO(&self->err, CHAN_RECV(self->t->c, &self->item))));
        if (self->which == 0)
            continue;
        if (self->err)
            break;
        self->t->Note(self->item);
        self->order->Note(self->item);
        ring(self->t, random_next(&self->random));
    }
    EXPECT_EQ(self->err, -EPIPE);
    ASYNC_END;
}

ASYNC_FN(void, pass, ((Traffic *, t), (uint32_t, seed)), nr_group senders;
         nr_group receivers; uint32_t i; Order orders[RECEIVERS];)
{
    ASYNC_BEGIN(pass);
    nr_group_init(&self->senders);
    nr_group_init(&self->receivers);
    for (self->i = 0; self->i < RECEIVERS; self->i++) {
        Order *order = &self->orders[self->i];
        *order = Order();
        if (self->seed)
            GROUP_SPAWN(
                &self->receivers,
                receive_impatiently(self->t, order, self->seed + self->i));
        else
            GROUP_SPAWN(&self->receivers, receive_all(self->t, order));
    }
    for (self->i = 0; self->i < SENDERS; self->i++) {
        if (self->seed)
            GROUP_SPAWN(
                &self->senders,
                send_impatiently(self->t, self->i, self->seed * 31 + self->i));
        else
            GROUP_SPAWN(&self->senders, send_all(self->t, self->i));
    }
    AWAIT(nr_group_join(&self->senders));
    CHAN_CLOSE(self->t->c);
    AWAIT(nr_group_join(&self->receivers));
    nr_group_deinit(&self->senders);
    nr_group_deinit(&self->receivers);
    ASYNC_END;
}

TEST(ChanStress, AMillionItemsAreSeenOnceEach)
{
    for (size_t capacity : {1, 64}) {
        Runtime rt(4);
        Traffic t(capacity, 500000 / SHARE);
        BLOCK_ON(rt, pass(&t, 0));
        t.ExpectAllSeen();
    }
}

TEST(ChanStress, WhoGivesUpLosesAndLeavesNothing)
{
    uint32_t seed = random_seed();
    for (size_t capacity : {1, 3}) {
        Runtime rt(4);
        Traffic t(capacity, 100000 / SHARE);
        BLOCK_ON(rt, pass(&t, seed | 1));
        t.ExpectAllSeen();
    }
}

ASYNC_FN(void, send_some, ((Traffic *, t), (nr_group *, g)), uint32_t i;)
{
    ASYNC_BEGIN(send_some);
    for (self->i = 0; self->i < SENDERS / 2; self->i++)
        GROUP_SPAWN(self->g, send_all(self->t, self->i));
    AWAIT(nr_group_join(self->g));
    ASYNC_END;
}

// Half of the senders in one runtime, the other in plain threads; receivers in
// another runtime and in plain threads.
TEST(ChanStress, RuntimesAndPlainThreadsShareOne)
{
    Runtime left(2), right(2);
    Traffic t(8, 80000 / SHARE);
    nr_group g;
    nr_group_init(&g);
    std::vector<Thread> threads, receivers;
    for (uint32_t sender = SENDERS / 2; sender < SENDERS; sender++) {
        threads.emplace_back([&t, sender] {
            for (uint32_t i = 0; i < t.per_sender; i++) {
                while (CHAN_TRY_SEND(t.c, (Item{sender, i})) == -EAGAIN)
                    nr_sys_thread_yield();
            }
        });
    }
    for (int i = 0; i < 2; i++) {
        receivers.emplace_back([&t] {
            Item item;
            int err;
            while ((err = CHAN_TRY_RECV(t.c, &item)) != -EPIPE) {
                if (err == 0)
                    t.Note(item);
                else
                    nr_sys_thread_yield();
            }
        });
    }
    Order order;
    Handle h(right);
    JOIN_HANDLE(receive_all) receiver = SPAWN_ON(h, receive_all(&t, &order));
    BLOCK_ON(left, send_some(&t, &g));
    for (Thread &thread : threads)
        thread.join();
    CHAN_CLOSE(t.c);
    for (Thread &thread : receivers)
        thread.join();
    BLOCK_ON(right, JOIN(receiver));
    t.ExpectAllSeen();
    nr_group_deinit(&g);
}

// ---- the close, at any moment ----

ASYNC_FN(void, send_until_closed, ((Traffic *, t), (uint32_t, sender)),
         uint32_t i;
         int err;)
{
    ASYNC_BEGIN(send_until_closed);
    for (self->i = 0; self->i < self->t->per_sender; self->i++) {
        AWAIT(self->err, CHAN_SEND(self->t->c, Item{self->sender, self->i}));
        if (self->err)
            break;
        self->t->sent++;
    }
    ASYNC_END;
}

ASYNC_FN(void, close_after, ((Traffic *, t), (uint32_t, polls)))
{
    ASYNC_BEGIN(close_after);
    AWAIT(yield_times(self->polls));
    CHAN_CLOSE(self->t->c);
    ASYNC_END;
}

ASYNC_FN(void, race_close, ((Traffic *, t), (uint32_t, seed)), nr_group g;
         nr_group doomed; uint32_t i; Order orders[RECEIVERS];)
{
    ASYNC_BEGIN(race_close);
    nr_group_init(&self->g);
    nr_group_init(&self->doomed);
    for (self->i = 0; self->i < RECEIVERS; self->i++) {
        self->orders[self->i] = Order();
        GROUP_SPAWN(self->i % 2 ? &self->g : &self->doomed,
                    receive_all(self->t, &self->orders[self->i]));
    }
    for (self->i = 0; self->i < SENDERS; self->i++)
        GROUP_SPAWN(&self->g, send_until_closed(self->t, self->i));
    GROUP_SPAWN(&self->g, close_after(self->t, random_next(&self->seed) % 64));
    AWAIT(yield_times(random_next(&self->seed) % 64));
    nr_group_abort(&self->doomed); // half of the receivers
    AWAIT(nr_group_join(&self->doomed));
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    nr_group_deinit(&self->doomed);
    ASYNC_END;
}

TEST(ChanStress, WhatWasSentBeforeACloseIsReceived)
{
    uint32_t seed = random_seed();
    Runtime rt(4);
    for (uint32_t round = 0; round < 2000 / SHARE; round++) {
        Traffic t(1 + round % 5, 4000);
        BLOCK_ON(rt, race_close(&t, seed + round));
        Item item;
        ASSERT_EQ(CHAN_TRY_RECV(t.c, &item), -EPIPE);
        ASSERT_EQ(t.sent, t.received);
    }
}

} // namespace
