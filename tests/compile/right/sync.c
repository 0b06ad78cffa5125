/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/rt/sync.h"

typedef struct point {
    int x, y;
} point;
typedef CHAN(point) point_chan;

ASYNC_FN(int, once, ((int, n)))
{
    ASYNC_BEGIN(once);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, everything, (), point_chan *c; point p; int err, kept; bool leads;
         nr_mutex m; nr_semaphore s; nr_notify n; nr_barrier b; nr_group g;)
{
    ASYNC_BEGIN(everything);
    self->c = CHAN_NEW(point, 4);
    if (self->err == 0)
        AWAIT(self->err, CHAN_SEND(self->c, self->p));
    else
        AWAIT(CHAN_RECV(self->c, &self->p));
    self->err = CHAN_TRY_SEND(self->c, self->p);
    self->err = CHAN_TRY_RECV(self->c, &self->p);
    nr_mutex_init(&self->m);
    nr_semaphore_init(&self->s, 2);
    nr_notify_init(&self->n);
    nr_barrier_init(&self->b, 1);
    nr_group_init(&self->g);
    AWAIT(ALL(nr_mutex_lock(&self->m), nr_semaphore_acquire(&self->s, 1),
              INTO(&self->err, CHAN_RECV(self->c, &self->p))));
    AWAIT(self->leads, nr_barrier_wait(&self->b));
    AWAIT(self->err, TIMEOUT_MS(1, nr_notify_wait(&self->n)));
    if (self->leads)
        GROUP_SPAWN(&self->g, once(1));
    else
        GROUP_SPAWN(&self->g, INTO(&self->kept, once(2)));
    AWAIT(nr_group_join(&self->g));
    CHAN_CLOSE(self->c);
    CHAN_FREE(self->c);
    ASYNC_RETURN(self->kept);
    ASYNC_END;
}

int main(void)
{
    return RUN(everything());
}
