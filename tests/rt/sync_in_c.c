/* SPDX-License-Identifier: MIT */
#include "tests/rt/sync_in_c.h"

#include <string.h>

typedef struct point {
    int x, y;
    double weight;
} point;

typedef CHAN(point) point_chan;
typedef CHAN(const char *) text_chan;
typedef CHAN(int[3]) triple_chan;
typedef CHAN(int) int_chan;
typedef NR_CHAN(void (*)(void)) function_chan;

static bool is_point(const point *p, int x, int y, double weight)
{
    return p->x == x && p->y == y && p->weight > weight - 0.1 &&
           p->weight < weight + 0.1;
}

ASYNC_DEFINE(int, pass_structs, (), point_chan *c; point p, got; int err;)
{
    ASYNC_BEGIN(pass_structs);
    self->c = CHAN_NEW(point, 4);
    self->p = (point){1, 2, 0.5};
    AWAIT(self->err, CHAN_SEND(self->c, self->p));
    AWAIT(self->err, CHAN_SEND(self->c, (point){3, 4, 1.5}));
    AWAIT(CHAN_SEND(self->c, {.x = 5, .y = 6, .weight = 2.5}));
    if (CHAN_TRY_SEND(self->c, (point){.x = 7}) != 0)
        ASYNC_RETURN(1);
    AWAIT(self->err, CHAN_RECV(self->c, &self->got));
    if (self->err || !is_point(&self->got, 1, 2, 0.5))
        ASYNC_RETURN(2);
    AWAIT(CHAN_RECV(self->c, &self->got));
    if (!is_point(&self->got, 3, 4, 1.5))
        ASYNC_RETURN(3);
    AWAIT(CHAN_RECV(self->c, &self->got));
    if (!is_point(&self->got, 5, 6, 2.5))
        ASYNC_RETURN(4);
    if (CHAN_TRY_RECV(self->c, &self->got) != 0 ||
        !is_point(&self->got, 7, 0, 0))
        ASYNC_RETURN(5);
    CHAN_CLOSE(self->c);
    ASYNC_FINALLY;
    CHAN_FREE(self->c);
    ASYNC_END;
}

static void nothing(void)
{
}

ASYNC_DEFINE(int, pass_pointers, (), text_chan *texts;
             function_chan * functions; const char *text;
             void (*function)(void);)
{
    ASYNC_BEGIN(pass_pointers);
    self->texts = CHAN_NEW(const char *, 1);
    self->functions = CHAN_NEW(void (*)(void), 1);
    AWAIT(CHAN_SEND(self->texts, "hello"));
    AWAIT(CHAN_RECV(self->texts, &self->text));
    AWAIT(CHAN_SEND(self->functions, nothing));
    AWAIT(CHAN_RECV(self->functions, &self->function));
    ASYNC_RETURN(strcmp(self->text, "hello") != 0 || self->function != nothing);
    ASYNC_FINALLY;
    CHAN_FREE(self->texts);
    CHAN_FREE(self->functions);
    ASYNC_END;
}

ASYNC_DEFINE(int, pass_arrays, (), triple_chan *c; int got[3];)
{
    ASYNC_BEGIN(pass_arrays);
    self->c = CHAN_NEW(int[3], 1);
    AWAIT(CHAN_SEND(self->c, {1, 2, 3}));
    AWAIT(CHAN_RECV(self->c, &self->got));
    ASYNC_RETURN(self->got[0] != 1 || self->got[1] != 2 || self->got[2] != 3);
    ASYNC_FINALLY;
    CHAN_FREE(self->c);
    ASYNC_END;
}

ASYNC_DEFINE(int, pass_by_canonical_names, (), int_chan *c; int got, err;)
{
    NR_ASYNC_BEGIN(pass_by_canonical_names);
    self->c = NR_CHAN_NEW(int, 1);
    NR_AWAIT(self->err, NR_CHAN_SEND(self->c, 1));
    if (self->err || NR_CHAN_TRY_RECV(self->c, &self->got) != 0)
        NR_ASYNC_RETURN(1);
    if (NR_CHAN_TRY_SEND(self->c, 2) != 0)
        NR_ASYNC_RETURN(2);
    NR_AWAIT(self->err, NR_CHAN_RECV(self->c, &self->got));
    NR_CHAN_CLOSE(self->c);
    NR_ASYNC_RETURN(self->err || self->got != 2);
    NR_ASYNC_FINALLY;
    NR_CHAN_FREE(self->c);
    NR_ASYNC_END;
}

static int_chan *count_chan(int_chan *c, int *count)
{
    *count += 10;
    return c;
}

static int *count_out(int *v, int *count)
{
    *count += 1;
    return v;
}

ASYNC_DEFINE(int, chan_evaluations, (), int_chan *c; int count[4]; int v;)
{
    ASYNC_BEGIN(chan_evaluations);
    self->c = CHAN_NEW(int, 1);
    AWAIT(CHAN_SEND(count_chan(self->c, &self->count[0]), ++self->count[0]));
    AWAIT(CHAN_RECV(count_chan(self->c, &self->count[1]),
                    count_out(&self->v, &self->count[1])));
    CHAN_TRY_SEND(count_chan(self->c, &self->count[2]), ++self->count[2]);
    CHAN_TRY_RECV(count_chan(self->c, &self->count[3]),
                  count_out(&self->v, &self->count[3]));
    CHAN_CLOSE(self->c);
    ASYNC_RETURN(
        ((self->count[0] * 100 + self->count[1]) * 100 + self->count[2]) * 100 +
        self->count[3]);
    ASYNC_FINALLY;
    CHAN_FREE(self->c);
    ASYNC_END;
}

ASYNC_FN(int, twice, ((int, n)))
{
    ASYNC_BEGIN(twice);
    YIELD_NOW();
    ASYNC_RETURN(2 * self->n);
    ASYNC_END;
}

enum { CHILDREN_MAX = 16 };

ASYNC_DEFINE(int, sum_in_group, ((int, n)), nr_group g; int kept[CHILDREN_MAX];)
{
    ASYNC_BEGIN(sum_in_group);
    nr_group_init(&self->g);
    for (int i = 0; i < self->n; i++)
        GROUP_SPAWN(&self->g, INTO(&self->kept[i], twice(i)));
    AWAIT(nr_group_join(&self->g));
    int sum = 0;
    for (int i = 0; i < self->n; i++)
        sum += self->kept[i];
    ASYNC_RETURN(sum);
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}
