/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_CHAN_H
#define NANORUN_RT_CHAN_H

/*
 * Channels: a bounded queue of items of one type, for many senders and many
 * receivers in any tasks of any runtimes, and in plain threads with the TRY
 * calls.
 *
 *     typedef CHAN(int) int_chan;
 *     int_chan *c = CHAN_NEW(int, 16);
 *     AWAIT(self->err, CHAN_SEND(c, 42));
 *     AWAIT(self->err, CHAN_RECV(c, &self->v));
 *     CHAN_CLOSE(c);
 *     CHAN_FREE(c);
 *
 * Items come out in the order in which they went in. Waits are served in order
 * of arrival, and a TRY call does not overtake a wait. Items are copied as
 * plain memory; what an item points to belongs to the owner of the item. A
 * cancelled send has put no item in, and a cancelled receive has taken none
 * out.
 *
 * The order has a price: the task that is first in line is woken for the next
 * item, and the others stay in line until it has run. If that task is busy, for
 * example with a long computation in another branch of its ALL, it holds up all
 * receivers behind it, however many items there are. The same holds for senders
 * and room.
 */

#include "nanorun/async.h"

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* CHAN(T) is the type of a channel of T. Each use is a type of its own in C, so
 * name it once by a typedef. There are only pointers to it, which CHAN_NEW
 * returns. */

/* CHAN_NEW(T, n) creates a channel that holds up to `n` items. Returns NULL
 * with errno EINVAL (n is 0, or one item or n items are too large) or ENOMEM.
 * Threads: any. Ownership: the caller's, ended by CHAN_FREE. */
#define NR_CHAN_NEW(T, n) NR_CHAN_NEW_(T, n)

/* CHAN_SEND(c, item), awaitable int: 0 once the item is in the channel, or
 * -EPIPE if the channel is closed. The call copies the item. NULL when out of
 * memory. Misuse: of a NULL channel. Threads: any. It expands to
 *     nr_chan_send_(c, (T[1]){item}, sizeof(T), place) */
#define NR_CHAN_SEND(c, ...) \
    NR_CHAN_PUT_(nr_chan_send_, c, "CHAN_SEND", __VA_ARGS__)

/* CHAN_RECV(c, &v), awaitable int: 0 and v set, or -EPIPE if the channel is
 * closed and empty. v must live until the await ends. CHAN_RECV(c, NULL) drops
 * the item. NULL when out of memory. Misuse: of a NULL channel. Threads:
 * any. */
#define NR_CHAN_RECV(c, out) NR_CHAN_GET_(nr_chan_recv_, c, "CHAN_RECV", out)

/* CHAN_TRY_SEND(c, item): 0; -EAGAIN if the channel is full or senders are in
 * line for its room; -EPIPE if it is closed. Threads: any. */
#define NR_CHAN_TRY_SEND(c, ...) \
    NR_CHAN_PUT_(nr_chan_try_send_, c, "CHAN_TRY_SEND", __VA_ARGS__)

/* CHAN_TRY_RECV(c, &v): 0 and v set; -EAGAIN if the channel is empty or
 * receivers are in line for its items; -EPIPE if it is closed and empty.
 * Threads: any. */
#define NR_CHAN_TRY_RECV(c, out) \
    NR_CHAN_GET_(nr_chan_try_recv_, c, "CHAN_TRY_RECV", out)

/* CHAN_CLOSE(c): no further item goes in. Receivers get the items that are in
 * the channel, then -EPIPE. A second close does nothing. Threads: any. */
#define NR_CHAN_CLOSE(c) nr_chan_close_(NR_CHAN_OF_(c), NR_PLACE_)

/* CHAN_FREE(c): frees the channel with the items in it. NULL is fine. Misuse:
 * while a task sends or receives. Threads: any. Ownership: takes `c`. */
#define NR_CHAN_FREE(c) nr_chan_free_(NR_CHAN_OF_(c), NR_PLACE_)

#ifndef NR_NO_SHORT_NAMES
#define CHAN NR_CHAN
#define CHAN_NEW NR_CHAN_NEW
#define CHAN_SEND NR_CHAN_SEND
#define CHAN_RECV NR_CHAN_RECV
#define CHAN_TRY_SEND NR_CHAN_TRY_SEND
#define CHAN_TRY_RECV NR_CHAN_TRY_RECV
#define CHAN_CLOSE NR_CHAN_CLOSE
#define CHAN_FREE NR_CHAN_FREE
#endif

/* ---- implementation of the macros ---- */

typedef struct nr_chan nr_chan;

typedef struct nr_chan_send_future {
    nr_future base;
    int result;
} nr_chan_send_future, nr_chan_recv_future;

/* `who` is the macro's name and `place` its line, for the message of a
 * misuse. */
void *nr_chan_new_(size_t item_size, size_t capacity);
NR_MUST_USE_ nr_chan_send_future *nr_chan_send_(nr_chan *c, const void *item,
                                                size_t size, const char *who,
                                                const char *place);
NR_MUST_USE_ nr_chan_recv_future *nr_chan_recv_(nr_chan *c, void *out,
                                                size_t size, const char *who,
                                                const char *place);
int nr_chan_try_send_(nr_chan *c, const void *item, size_t size,
                      const char *who, const char *place);
int nr_chan_try_recv_(nr_chan *c, void *out, size_t size, const char *who,
                      const char *place);
void nr_chan_close_(nr_chan *c, const char *place);
void nr_chan_free_(nr_chan *c, const char *place);

/* Converts a CHAN(T) to its nr_chan; another type does not compile. */
typedef struct nr_chan_tag nr_chan_tag;
static inline nr_chan *nr_chan_of_(const void *c, nr_chan_tag *type_check)
{
    (void)type_check;
    return (nr_chan *)(uintptr_t)c;
}
#define NR_CHAN_OF_(c) nr_chan_of_((c), (__typeof__((c)->tag_))0)

#ifdef __cplusplus
}

template <class T> struct nr_chan_typed_ {
    static_assert(__is_trivially_copyable(T), "items are copied as memory");
    nr_chan_tag *tag_;
    T *item_;
};
template <class T> struct nr_same_ {
    typedef T type;
};
#define NR_CHAN(T) nr_chan_typed_<T>
#define NR_CHAN_NEW_(T, n) \
    static_cast<nr_chan_typed_<T> *>(nr_chan_new_(sizeof(T), (n)))
#define NR_CHAN_PUT_(put, c, who, ...) \
    nr_chan_put_((put), (c), (who), NR_PLACE_, __VA_ARGS__)
#define NR_CHAN_GET_(get, c, who, out) \
    nr_chan_get_((get), (c), (who), NR_PLACE_, (out))

template <class R, class T>
R nr_chan_put_(R (*put)(nr_chan *, const void *, size_t, const char *,
                        const char *),
               nr_chan_typed_<T> *c, const char *who, const char *place,
               const typename nr_same_<T>::type &item)
{
    return put(NR_CHAN_OF_(c), &item, sizeof(T), who, place);
}

template <class R, class T>
R nr_chan_get_(R (*get)(nr_chan *, void *, size_t, const char *, const char *),
               nr_chan_typed_<T> *c, const char *who, const char *place,
               typename nr_same_<T>::type *out)
{
    return get(NR_CHAN_OF_(c), out, sizeof(T), who, place);
}

#else

#define NR_CHAN(T)            \
    struct {                  \
        nr_chan_tag *tag_;    \
        __typeof__(T) *item_; \
    }
#define NR_CHAN_NEW_(T, n) nr_chan_new_(sizeof(T), (n))
#define NR_CHAN_ITEM_(c) __typeof__(*(c)->item_)
#define NR_CHAN_PUT_(put, c, who, ...)                      \
    put(NR_CHAN_OF_(c), (NR_CHAN_ITEM_(c)[1]){__VA_ARGS__}, \
        NR_CHAN_ONE_(NR_CHAN_ITEM_(c), __VA_ARGS__), (who), NR_PLACE_)
#define NR_CHAN_GET_(get, c, who, out)                                         \
    get(NR_CHAN_OF_(c), ((NR_CHAN_ITEM_(c) *){out}), sizeof(NR_CHAN_ITEM_(c)), \
        (who), NR_PLACE_)

/* sizeof(T). Does not compile unless the other arguments are one initializer of
 * a T: none or two make an array of negative size. */
#define NR_CHAN_ONE_(T, ...) \
    (sizeof(T) * sizeof(char[sizeof((T[]){__VA_ARGS__}) == sizeof(T) ? 1 : -1]))

#endif

#endif
