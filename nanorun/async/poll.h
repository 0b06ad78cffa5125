/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_POLL_H
#define NANORUN_ASYNC_POLL_H

/*
 * The vocabulary that generated code and the runtime share: what a future is,
 * what polling one answers, and what is handed to it.
 *
 * A future is a pointer to a struct that begins with `nr_future base;` and has
 * a member `result`. There are two kinds: the frame of an async function,
 * which ASYNC_FN generates (nanorun/async.h), and a leaf written by hand
 * (nanorun/rt/future.h is the guide). Anybody may include this header; users
 * of the language never need to name what is in it, but for nr_future_drop.
 *
 * Signal handlers: nothing of nanorun is for them, and firing a waker is no
 * exception. A handler may have interrupted its own thread amid a change of a
 * queue, or with a lock of the library, and then waits for itself. The safe way
 * is a pipe: the handler writes one byte to its end, which does not block, and
 * a task or a thread that reads the other end does what is to be done.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/async/macro.h"

/* The result of a void function. It takes no room where a struct may be empty,
 * and in C++ none in what ASYNC_FN generates (NR_NO_ROOM_). Nobody asks what is
 * there. Outside extern "C", where clang says that it differs in C++. */
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

/* What a poll answers. A leaf answers one of the first two; the others, with
 * their trailing underscore, are between generated code and the chain. */
typedef enum nr_poll {
    NR_PENDING, /* not yet; the context's waker was left where it will fire */
    NR_READY,   /* `result` is set */
    NR_CALL_,   /* run context->callee, then resume me */
    NR_YIELD_,  /* let the others run, then resume me */
    NR_UNWIND_, /* no result can be had: unwind my awaiter */
    NR_RETURN_  /* frames: `result` is set */
} nr_poll;

/* The same from the body of an async function. It is a struct because nothing
 * converts to one, so that a plain return in a body does not compile, and its
 * name is what compilers then print. */
struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_ {
    nr_poll value;
};

/* Where a future is in its life; a leaf is in one of the first three, or over.
 * A consumed future stays NR_NEW_ if its consumer was compiled with NDEBUG, so
 * only nr_future_consume_ tells the first two apart. */
enum nr_phase_ {
    NR_NEW_,       /* nobody has consumed it */
    NR_RUNNING_,   /* the body; a cancellation takes effect at its AWAITs */
    NR_SHIELDED_,  /* the same below a FINALLY: to its end, uncancelled */
    NR_RETURNING_, /* in or past FINALLY, with the result set */
    NR_UNWINDING_, /* in or past FINALLY, cancelled or out of memory */
    NR_OVER_       /* a leaf that was ready, and holds only its memory */
};

/* The line of a place that has this or a greater one, as after a #line. */
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

/* What is the same for every future of one kind; constant, in static memory. */
struct nr_future_ops {
    const char *name;
    const char *file;
    /* Leaves: runs until the future is ready or cannot go on. */
    nr_poll (*poll)(nr_future *self, nr_context *cx);
    /* Leaves. Asked of one whose last poll was pending, when its chain is
     * cancelled: stop. NR_READY: it has stopped; NR_PENDING: it is stopping,
     * and fires the waker to be asked again. NULL: drop does all there is. */
    nr_poll (*cancel)(nr_future *self, nr_context *cx);
    /* Called once, last, in any state, started or not: takes back the waker,
     * gives back what the future owns, and its memory. Of one that is ready it
     * is called before its awaiter goes on, and the memory, with the result,
     * stays until that has been read. NULL: only memory. */
    void (*drop)(nr_future *self);
    uint32_t size;
    /* Frames: in place of poll. NULL for a leaf. */
    struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_ (*body_)(nr_future *self,
                                                       nr_context *cx);
    /* Leaves that are given calls. Then cancel is also asked of one that was
     * never polled, so that the calls run their FINALLY. */
    bool owns_calls;
    /* The alignment of the future's type; 0 where that is an ordinary one. */
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
    nr_waker *waker;   /* whom to wake; borrowed, clone it to keep it */
    nr_future *callee; /* out: what NR_CALL_ wants run */
    nr_future *done;   /* in: the future that was awaited; NULL: it failed */
    unsigned budget;   /* what leaves may still do in this poll of the task */
    bool yielded;      /* out: queue the task again, it has more to do */
    bool armed;        /* out: there are timers to settle after the poll */
    int error;         /* out: why NR_UNWIND_, ECANCELED or ENOMEM */
    unsigned nesting;  /* how many combinators the poll is inside of */
};

/* Ends a future that nobody will consume: its memory and what its arguments
 * own is given back. No FINALLY runs: the call was given to nobody. NULL is
 * fine. Misuse: of a future that has been consumed already. Threads: any.
 * Ownership: takes the future. */
void nr_future_drop(nr_future *future);

/* Marks a future as consumed and returns it; NULL is fine. Stops the process if
 * it is not new. A freed future keeps the mark until its memory is used again;
 * after that, a second consumer cannot be recognized. */
nr_future *nr_future_consume_(const char *place, nr_future *future);

#ifndef NDEBUG
#define nr_future_drop(...) \
    nr_future_drop(nr_future_consume_(NR_PLACE_, __VA_ARGS__))
#endif

/* Stops the process: `place` is a file and a line of the caller's. */
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
