/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

struct many {
    int v[70];
};

/* Any number of commas in the locals, and none. */
ASYNC_FN(int, many_locals, (), int l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10,
         l11, l12, l13, l14, l15, l16, l17, l18, l19, l20, l21, l22, l23, l24,
         l25, l26, l27, l28, l29, l30, l31, l32, l33, l34, l35, l36, l37, l38,
         l39, l40, l41, l42, l43, l44, l45, l46, l47, l48, l49, l50, l51, l52,
         l53, l54, l55, l56, l57, l58, l59, l60, l61, l62, l63, l64, l65, l66,
         l67, l68, l69;)
{
    ASYNC_BEGIN(many_locals);
    ASYNC_RETURN(self->l69);
    ASYNC_END;
}

ASYNC_FN(struct many, many_items, (), struct many m;)
{
    ASYNC_BEGIN(many_items);
    self->m.v[69] = 69;
    ASYNC_RETURN(self->m);
    ASYNC_END;
}

/* As many parameters and calls as there can be. */
ASYNC_FN(int, eight,
         ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
          (volatile int, g), (int *, h)),
         int i;)
{
    ASYNC_BEGIN(eight);
    AWAIT(ALL(nr_sleep_ms(1), nr_sleep_ms(2), nr_sleep_ms(3), nr_sleep_ms(4),
              nr_sleep_ms(5), nr_sleep_ms(6), nr_sleep_ms(7),
              INTO(&self->i, many_locals())));
    ASYNC_RETURN(self->i + self->a);
    ASYNC_END;
}

int main(void)
{
    return RUN(eight(1, 2, 3, 4, 5, 6, 7, NULL)) + RUN(many_items()).v[1];
}
