/* SPDX-License-Identifier: MIT */
#include "nanorun/async.h"

struct point {
    struct {
        double x, y;
    } at;
    const char *name;
};

ASYNC_FN(struct point, point_new, ((double, x), (const char *, name)))
{
    ASYNC_BEGIN(point_new);
    ASYNC_RETURN((struct point){{self->x, 2}, self->name});
    ASYNC_END;
}

ASYNC_FN(const char *, point_name, (), struct point p;)
{
    ASYNC_BEGIN(point_name);
    AWAIT(self->p, point_new(1, "here"));
    if (!self->p.name)
        ASYNC_RETURN(0);
    if (self->p.name[0] == 'x')
        ASYNC_RETURN(NULL);
    if (self->p.name[0] == 'y')
        ASYNC_RETURN("literal");
    ASYNC_RETURN(self->p.name);
    ASYNC_END;
}

ASYNC_FN(unsigned char, small, ((int, n)), unsigned bit : 1;)
{
    ASYNC_BEGIN(small);
    if (self->n == 1)
        ASYNC_RETURN(200);
    if (self->n == 2)
        ASYNC_RETURN(self->n == 2);
    if (self->n == 3)
        ASYNC_RETURN(self->n > 2 ? 7 : 8);
    if (self->n == 4)
        ASYNC_RETURN(self->bit);
    ASYNC_RETURN((unsigned char)self->n);
    ASYNC_END;
}

ASYNC_FN(void, nothing, ())
{
    ASYNC_BEGIN(nothing);
    if (nr_handle_current())
        ASYNC_RETURN();
    ASYNC_END;
}

ASYNC_FN(bool, right, (), const char *name; unsigned char c;)
{
    ASYNC_BEGIN(right);
    AWAIT(nothing());
    AWAIT(self->name, point_name());
    AWAIT(self->c, small(2));
    ASYNC_RETURN(self->name && self->c);
    ASYNC_END;
}

int main(void)
{
    return RUN(right());
}
