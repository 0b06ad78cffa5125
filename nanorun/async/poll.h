/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_POLL_H
#define NANORUN_ASYNC_POLL_H

/*
 * The vocabulary that generated code and the runtime share: what a future is,
 * what polling one answers, and what is handed to it.
 *
 * A future is a struct that begins with `nr_future base;` and has a member
 * `result`. There are two kinds: the frame of an async function, which ASYNC_FN
 * generates (nanorun/async.h), and a leaf written by hand (nanorun/rt/future.h
 * is the guide). Users of the language need only nr_future_drop from here.
 *
 * Signal handlers must not call anything of nanorun, not even nr_waker_wake. A
 * handler may have interrupted its own thread during a change of a queue, or
 * while the thread held a lock of the library, and would then wait for itself.
 * The safe way is a pipe: the handler writes a byte to its non-blocking end,
 * and a thread that reads the other end wakes the task.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/async/macro.h"

/* The result of a void function. It takes no memory where a struct may be
 * empty, and in C++ none in what ASYNC_FN generates (NR_NO_ROOM_). No code
 * reads it. It is outside of extern "C", because clang warns there that its
 * size differs in C++. */
#if defined(__GNUC__)
__extension__ typedef struct nr_unit {
} nr_unit;
#else
typedef struct nr_unit {
    char unused_;
} nr_unit;
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_future nr_future;
typedef struct nr_future_ops nr_future_ops;
typedef struct nr_context nr_context;
typedef struct nr_waker nr_waker;

/* The answer of a poll. A leaf answers one of the first two; those with a
 * trailing underscore are for generated code and the chain. */
typedef enum nr_poll {
    NR_PENDING, /* not yet; the context's waker was left where it will fire */
    NR_READY,   /* `result` is set */
    NR_CALL_,   /* run context->callee, then resume me */
    NR_YIELD_,  /* let the others run, then resume me */
    NR_UNWIND_, /* no result can be had: unwind my awaiter */
    NR_RETURN_  /* frames: `result` is set */
} nr_poll;

/* The answer of the body of an async function. It is a struct because nothing
 * converts to one: a plain return in a body does not compile, and the compiler
 * prints this name. */
struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_ {
    nr_poll value;
};

/* The phases of a future; a leaf has only the first three and the last. A
 * consumed future stays NR_NEW_ if its consumer was compiled with NDEBUG, so
 * only nr_future_consume_ may tell the first two apart. */
enum nr_phase_ {
    NR_NEW_,       /* not consumed yet */
    NR_RUNNING_,   /* in its body; a cancellation takes effect at AWAITs */
    NR_SHIELDED_,  /* in its body, below a FINALLY: is not cancelled */
    NR_RETURNING_, /* in or past FINALLY, with the result set */
    NR_UNWINDING_, /* in or past FINALLY, cancelled or out of memory */
    NR_OVER_       /* a leaf that was ready and owns only its memory */
};

/* Stands for this and every greater line, as there are after a #line. */
enum { NR_LINE_MAX_ = 65535 };

/* The header of every future, 24 bytes. Only the chain that runs the future
 * touches it, so nothing here needs a lock. */
struct nr_future {
    const nr_future_ops *ops;
    nr_future *awaiter; /* the frame that awaits this one, or, where the lowest
                           bit is set, none: nanorun/rt/task/chain.h */
    uint8_t block;      /* what its memory is: nanorun/async/frame.h */
    uint8_t phase;      /* enum nr_phase_ */
    uint16_t line;      /* frames: of the place to go on, or NR_LINE_MAX_ */
    int32_t resume;     /* frames: where to go on; 0 is the beginning */
};

/* What all futures of one kind have in common; constant, in static memory. */
struct nr_future_ops {
    const char *name;
    const char *file;
    /* Leaves: runs until the future is ready or cannot go on. */
    nr_poll (*poll)(nr_future *self, nr_context *cx);
    /* Leaves. Called if the chain is cancelled while the leaf waits. NR_READY:
     * the leaf has stopped. NR_PENDING: it is stopping, and fires the waker to
     * be called again. NULL: drop is enough to stop it. */
    nr_poll (*cancel)(nr_future *self, nr_context *cx);
    /* Called once, last, in any state, even if the future was never polled:
     * takes back the waker, releases what the future owns, and frees its
     * memory. The drop of a ready future comes before its awaiter goes on; the
     * memory with the result then stays until the awaiter has read the result.
     * NULL: only frees memory. */
    void (*drop)(nr_future *self);
    uint32_t size;
    /* Frames: called in place of poll. NULL for a leaf. */
    struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_ (*body_)(nr_future *self,
                                                       nr_context *cx);
    /* Leaves: whether its arguments are calls. Then cancel is called also if it
     * was never polled, so that the calls run their FINALLY. */
    bool owns_calls;
    /* The alignment of the future's type; 0: at most that of a uint64_t. */
    uint8_t align;
};

/* Initializes an nr_future_ops, of a C++ program's as well: nothing else knows
 * the order of its members. */
#define NR_OPS_(name, poll, cancel, drop, size, body, owns_calls, align) \
    {                                                                    \
        name, __FILE__, poll, cancel, drop, (uint32_t)(size), body,      \
            owns_calls, (uint8_t)(align)                                 \
    }

/* The strictest alignment that the memory of a future can have. */
enum { NR_ALIGN_MAX_ = 64 };

/* Handed to every poll and cancel; lives on the stack of the driving loop. */
struct nr_context {
    nr_waker *waker;   /* of the task; borrowed, clone it to keep it */
    nr_future *callee; /* out: the future that NR_CALL_ wants run */
    nr_future *done;   /* in: the awaited future; NULL: it has no result */
    unsigned budget;   /* how many leaves may still be ready in this poll */
    bool yielded;      /* out: queue the task again, it has more to do */
    bool armed;        /* out: there are timers to settle after the poll */
    int error;         /* out: the reason of NR_UNWIND_, ECANCELED or ENOMEM */
    unsigned nesting;  /* how many combinators the poll is inside of */
};

/* Frees a future that nobody will consume, and releases what its arguments own.
 * No FINALLY runs, because the call was never accepted. NULL is fine. Misuse:
 * the future has been consumed. Threads: any. Ownership: takes the future. */
void nr_future_drop(nr_future *future);

/* Marks a future as consumed and returns it; NULL is fine. Stops the process if
 * the future was marked before. A freed future keeps the mark until its memory
 * is reused; after that, a second consumer is not recognized. */
nr_future *nr_future_consume_(const char *place, nr_future *future);

#ifndef NDEBUG
#define nr_future_drop(...) \
    nr_future_drop(nr_future_consume_(NR_PLACE_, __VA_ARGS__))
#endif

/* Stops the process, because the body has no case for `resume`; names the place
 * where the future went on last. */
#if defined(__GNUC__)
__attribute__((noreturn))
#elif defined(_MSC_VER)
__declspec(noreturn)
#endif
void nr_lost_resume_point_(const nr_future *future);

#ifdef __cplusplus
}
#endif

#endif
