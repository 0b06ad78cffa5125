/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_H
#define NANORUN_ASYNC_H

/*
 * async/await for C: the language. This header includes all of nanorun/async:
 * the language, runtimes, tasks and time. Sockets are in nanorun/io; channels,
 * locks and groups are in nanorun/rt/sync.h.
 *
 *     ASYNC_FN(uint64_t, fib, ((unsigned, n)), uint64_t a, b;)
 *     {
 *         ASYNC_BEGIN(fib);
 *         if (self->n < 2)
 *             ASYNC_RETURN(self->n);
 *         AWAIT(self->a, fib(self->n - 1));
 *         AWAIT(self->b, fib(self->n - 2));
 *         ASYNC_RETURN(self->a + self->b);
 *         ASYNC_END;
 *     }
 *
 * An async function becomes a struct with its result, parameters and locals
 * (the frame), a constructor with the function's own name, and a poll function
 * that holds the body. AWAIT stores the place where the body goes on, names the
 * callee, and returns to the loop that polls the body (rt/task/chain.c). When
 * the callee has ended, the loop enters the body again, which jumps to that
 * place: by a computed goto, or by a switch over the whole body if the compiler
 * has no computed goto or NR_LOWER_BY_SWITCH is defined.
 *
 * The rules that follow from it:
 *  - `self` is the frame; `self->x` reads a parameter or local x. Parameters
 *    and locals live as long as the call; locals start zeroed.
 *  - A plain C variable keeps its value only up to the next AWAIT. With -Wall,
 *    clang reports a later use as uninitialized, and so does GCC under the
 *    switch lowering. Each overlooks cases that the other finds
 *    (docs/compilers.md).
 *  - A local with a destructor or a cleanup attribute must not live across an
 *    AWAIT: it would be destroyed there and again at the end of its block.
 *    clang refuses such a local, and so does g++ under the switch lowering;
 *    otherwise GCC compiles it.
 *  - A body returns by ASYNC_RETURN or by reaching its end. A plain return does
 *    not compile.
 *  - The code before ASYNC_FINALLY is the body. The code after it runs exactly
 *    once, however the body ended; it may AWAIT, but not ASYNC_RETURN. It also
 *    runs if the call was cancelled before its body began: parameters have
 *    their values then, and locals are zero.
 *  - The result, parameters and locals may need an alignment of up to 64 bytes.
 *  - A future is consumed once: by AWAIT, SPAWN, BLOCK_ON, a combinator or
 *    nr_future_drop. Without NDEBUG a second consumer stops the process, unless
 *    the memory of the future has been reused by then.
 *  - GCC and clang warn of a future or a handle that nobody uses, as in `f();`
 *    and `SPAWN(f());`. docs/compilers.md lists what they overlook.
 *  - Under the switch lowering an AWAIT cannot stand inside a switch.
 */

#include "nanorun/async/combine.h"
#include "nanorun/async/error.h"
#include "nanorun/async/frame.h"
#include "nanorun/async/join.h"
#include "nanorun/async/lower.h"
#include "nanorun/async/macro.h"
#include "nanorun/async/poll.h"
#include "nanorun/async/runtime.h"
#include "nanorun/async/spawn.h"
#include "nanorun/async/time.h"

#include <string.h>

/* The macros whose value a program must use come before the mark as a system
 * header, for the reason that NR_USED_ gives. */
#ifndef NR_NO_SHORT_NAMES
#define SPAWN NR_SPAWN
#define SPAWN_ON NR_SPAWN_ON
#define JOIN NR_JOIN
#define JOIN_STATUS NR_JOIN_STATUS
#define WAIT_FOR NR_WAIT_FOR
#define TIMEOUT_MS NR_TIMEOUT_MS
#endif

/* The macros below are expanded in user code. Because they are marked as a
 * system header, a compiler's message names the user's line and not a line of a
 * macro. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

/* ASYNC_FN(R, f, ((T, x)), L y;) { … } defines an async function for this
 * file. It expands to
 *     typedef struct f_future f_future, f_frame_;
 *     struct f_future { nr_future base; R result; T x; L y; };
 *     static answer f_body_(nr_future *, nr_context *);
 *     static const nr_future_ops f_ops_ = { "f", …, f_body_, … };
 *     static f_future *f(T x) { allocate, keep x; NULL when out of memory }
 *     static answer f_body_(nr_future *f_self_, nr_context *nr_cx_)
 * and the block that follows, { … }, is the body of the last function. */
#define NR_ASYNC_FN(R, name, ...) \
    NR_ASYNC_FN_(R, name, NR_FIRST_(__VA_ARGS__, ), NR_REST_(__VA_ARGS__))
#define NR_ASYNC_FN_(R, name, params, ...)                                     \
    NR_LOCAL_TYPES_(typedef struct name##_future name##_future, name##_frame_; \
                    struct name##_future NR_FIELDS_(R, params, __VA_ARGS__);)  \
    NR_CHECK_FRAME_(R, name, params, __VA_ARGS__)                              \
    NR_FRAME_OPS_(name);                                                       \
    NR_CONSTRUCTOR_(static inline NR_MAYBE_UNUSED_, name, params)              \
    NR_BODY_(name)

/* ASYNC_DECLARE(R, f, ((T, x))); declares an async function, in a header or
 * before a call that precedes the definition. In C++ a `struct f_future;` of
 * the program does not declare it, because the struct of ASYNC_FN is in an
 * unnamed namespace. It expands to
 *     typedef struct f_future f_future;
 *     struct f_future { nr_future base; R result; T x; };
 *     f_future *f(T x) */
#define NR_ASYNC_DECLARE(R, name, params)         \
    typedef struct name##_future name##_future;   \
    struct name##_future NR_FIELDS_(R, params, ); \
    NR_CHECK_GIVEN_(name##_future)                \
    NR_MUST_USE_ name##_future *name NR_PARAMS_(params)

/* ASYNC_DEFINE(R, f, ((T, x)), L y;) { … } defines what ASYNC_DECLARE declares,
 * in one source file. It expands as ASYNC_FN does, but f has external linkage,
 * and the struct with the locals is f_frame_, which begins like f_future. */
#define NR_ASYNC_DEFINE(R, name, ...) \
    NR_ASYNC_DEFINE_(R, name, NR_FIRST_(__VA_ARGS__, ), NR_REST_(__VA_ARGS__))
#define NR_ASYNC_DEFINE_(R, name, params, ...)                      \
    typedef struct name##_frame_ NR_FIELDS_(R, params, __VA_ARGS__) \
        name##_frame_;                                              \
    NR_CHECK_FRAME_(R, name, params, __VA_ARGS__)                   \
    NR_FRAME_OPS_(name);                                            \
    NR_CONSTRUCTOR_(, name, params)                                 \
    NR_BODY_(name)

/* { nr_future base; R result; T x; L y; } */
#define NR_FIELDS_(R, params, ...)             \
    {                                          \
        nr_future base;                        \
        NR_NO_ROOM_ NR_RESULT_TYPE_(R) result; \
        NR_EACH_(NR_FIELD_, NR_FIELD_, params) \
        __VA_ARGS__                            \
    }
#define NR_FIELD_(T, x) T x;
#define NR_EACH_NR_AT_MOST_EIGHT_ARGUMENTS_(F, M, ...) \
    NR_AT_MOST_EIGHT_PARAMETERS_

/* (T x, U y), or (void) */
#define NR_PARAMS_(params) \
    NR_CAT_(NR_PARAMS_IF_EMPTY_, NR_EMPTY_ params)(params)
#define NR_PARAMS_IF_EMPTY_1(params) (void)
#define NR_PARAMS_IF_EMPTY_0(params) \
    (NR_EACH_(NR_PARAM_FIRST_, NR_PARAM_NEXT_, params))
#define NR_PARAM_FIRST_(T, x) T x
#define NR_PARAM_NEXT_(T, x) , T x

#define NR_FRAME_OPS_(name)                                                   \
    NR_CHECK_ALIGN_(name##_frame_);                                           \
    static NR_BODY_HEAD_(name, , );                                           \
    static const nr_future_ops name##_ops_ =                                  \
        NR_OPS_(#name, NULL, NULL, NULL, sizeof(name##_frame_), name##_body_, \
                false, NR_ALIGN_OF_(name##_frame_))

/* f_future *f(T x) { f_frame_ *frame = …; frame->x = x; return frame; }
 * and before it f_rarely_, which does the same if the thread's list of blocks
 * is empty. The call of f_rarely_ is the last thing in f, so a caller into
 * which f is inlined saves no registers across it. The pointer nr_result_ makes
 * compilers diagnose a result whose type differs between future and frame. */
#define NR_CONSTRUCTOR_(linkage, name, params)                             \
    NR_NOINLINE_ static name##_future *name##_rarely_ NR_PARAMS_(params){  \
        NR_QUALIFIERS_QUIET_ NR_EACH_(NR_NO_ARRAY_, NR_NO_ARRAY_, params)  \
            NR_QUALIFIERS_AS_BEFORE_ NR_CONSTRUCT_(                        \
                name, params, nr_frame_take_,                              \
                NULL)} NR_MUST_USE_ linkage name##_future *name            \
    NR_PARAMS_(params)                                                     \
    {                                                                      \
        NR_CONSTRUCT_(                                                     \
            name, params, nr_frame_pop_,                                   \
            name##_rarely_(NR_EACH_(NR_ARG_FIRST_, NR_ARG_NEXT_, params))) \
    }
#define NR_CONSTRUCT_(name, params, take, otherwise)                        \
    name##_frame_ *nr_frame_ =                                              \
        (name##_frame_ *)(void *)take(&name##_ops_, sizeof(name##_frame_)); \
    if (NR_RARELY_(!nr_frame_))                                             \
        return otherwise;                                                   \
    __typeof__(&nr_frame_->result) nr_result_ =                             \
        &((name##_future *)(void *)nr_frame_)->result;                      \
    (void)nr_result_;                                                       \
    nr_frame_zero_(&nr_frame_->base, sizeof *nr_frame_);                    \
    NR_EACH_(NR_KEEP_, NR_KEEP_, params)                                    \
    return (name##_future *)(void *)nr_frame_;

/* Refuses an array as a parameter, because the constructor would get only a
 * pointer to it. The type below is a function that returns an array if T is an
 * array type, and an array of functions if x is `name[4]`; C has neither. */
#define NR_NO_ARRAY_(T, x) \
    (void)sizeof(void (*)(T NR_CAT_(NR_NO_ARRAY_CAN_BE_A_PARAMETER_, x)(void)));
#define NR_ARG_FIRST_(T, x) x
#define NR_ARG_NEXT_(T, x) , x
#define NR_KEEP_(T, x) nr_frame_->x = x;

#define NR_BODY_(name) \
    static NR_NOCLONE_ NR_BODY_HEAD_(name, name##_self_, nr_cx_)
#define NR_BODY_HEAD_(name, future, cx)                                       \
    struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_ name##_body_(nr_future *future, \
                                                           nr_context *cx)

/* ASYNC_BEGIN(f); opens the body. It expands to
 *     f_frame_ *const self = (f_frame_ *)f_self_;
 *     jump to where self->base.resume says, which may be here:
 *     nr_top_: phase = self->base.phase; goto nr_go_;
 *     nr_go_: if (phase < NR_RETURNING_) {
 * A frame that is entered at the top in a later phase goes straight to its
 * FINALLY. Return, cancellation and lack of memory all take this way. After an
 * ASYNC_RETURN compilers know the value of nr_phase_ and drop the test. The
 * enumerators exist for the compiler's message where they are not declared. */
#define NR_ASYNC_BEGIN(name)                                           \
    name##_frame_ *const self = (name##_frame_ *)(void *)name##_self_; \
    enum { NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_ };                      \
    int nr_phase_;                                                     \
    (void)nr_cx_;                                                      \
    NR_PLAIN_RETURN_REFUSED_                                           \
    NR_DISPATCH_()                                                     \
    nr_top_:                                                           \
    nr_phase_ = self->base.phase;                                      \
    goto nr_go_; /* uses the label even if nothing returns */          \
    nr_go_:                                                            \
    if (nr_phase_ < NR_RETURNING_) {                                   \
    enum {                                                             \
        NR_ASYNC_RETURN_OUTSIDE_THE_BODY_,                             \
        NR_ASYNC_FINALLY_OUTSIDE_THE_BODY_                             \
    }

/* ASYNC_RETURN(v); and ASYNC_RETURN(); expand to
 *     self->result = v; self->base.phase = NR_RETURNING_; goto nr_go_; */
#define NR_ASYNC_RETURN(...)                                 \
    do {                                                     \
        (void)NR_ASYNC_RETURN_OUTSIDE_THE_BODY_;             \
        NR_CAT_(NR_RETURN_IF_EMPTY_, NR_EMPTY_(__VA_ARGS__)) \
        (__VA_ARGS__) self->base.phase = NR_RETURNING_;      \
        nr_phase_ = NR_RETURNING_;                           \
        goto nr_go_;                                         \
    } while (0)
#define NR_RETURN_IF_EMPTY_0(...) NR_RETURN_(__VA_ARGS__);
#define NR_RETURN_IF_EMPTY_1(...) NR_ASSIGN_(self->result, NR_UNIT_);

/* ASYNC_FINALLY; ends the body and begins the cleanup. It expands to
 *     if (the body fell off its end) self->base.phase = NR_RETURNING_; } { */
#define NR_ASYNC_FINALLY                      \
    (void)NR_ASYNC_FINALLY_OUTSIDE_THE_BODY_; \
    self->base.phase = NR_RETURNING_;         \
    }                                         \
    {

/* IS_UNWINDING, in a FINALLY: whether there is no result, because the call was
 * cancelled or memory ran out. */
#define NR_IS_UNWINDING (self->base.phase == NR_UNWINDING_)

/* ASYNC_END; closes the function. It expands to
 *     } return NR_RETURN_, or NR_UNWIND_ if there is no result */
#define NR_ASYNC_END                                                 \
    }                                                                \
    NR_DISPATCH_END_                                                 \
    NR_PLAIN_RETURN_AS_BEFORE_                                       \
    return NR_ANSWER_(self->base.phase == NR_UNWINDING_ ? NR_UNWIND_ \
                                                        : NR_RETURN_)

/* AWAIT(call); and AWAIT(target, call); expand to
 *     self->base.resume = here;
 *     nr_cx_->callee = call; return NR_CALL_; here:
 *     target = done->result, or zero if there is no result; */
#define NR_AWAIT(...) NR_CAT_(NR_AWAIT_, NR_COUNT_(__VA_ARGS__))(__VA_ARGS__)
#define NR_AWAIT_1(call)                                                       \
    do {                                                                       \
        (void)NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_;                             \
        NR_SUSPEND_(__COUNTER__, NR_CALL_, nr_cx_->callee = NR_FUTURE_(call)); \
    } while (0)
#define NR_AWAIT_2(target, call)                                               \
    do {                                                                       \
        (void)NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_;                             \
        NR_SUSPEND_(__COUNTER__, NR_CALL_, nr_cx_->callee = NR_FUTURE_(call)); \
        NR_CHECK_ASSIGN_(target, NR_DONE_RESULT_(call))                        \
        NR_ASSIGN_(target, NR_DONE_RESULT_(call));                             \
    } while (0)
#define NR_AWAIT_3(...) NR_AWAIT_TAKES_A_TARGET_AND_A_CALL_

/* YIELD_NOW(); lets all other tasks that can run now run first. */
#define NR_YIELD_NOW()                                \
    do {                                              \
        (void)NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_;    \
        NR_SUSPEND_(__COUNTER__, NR_YIELD_, (void)0); \
    } while (0)

/* NR_SUSPEND_(id, answer, last) -> resume = here; last; return answer; here:
 * The id comes from __COUNTER__, so one line may have several. */
#define NR_SUSPEND_(id, answer, last) NR_SUSPEND__(id, answer, last)
#define NR_SUSPEND__(id, answer, last)        \
    self->base.resume = NR_RESUME_POINT_(id); \
    self->base.line = NR_LINE_(__LINE__);     \
    last;                                     \
    return NR_ANSWER_(answer);                \
    NR_RESUME_LABEL_(id)

#define NR_LINE_(n) ((uint16_t)((n) < NR_LINE_MAX_ ? (n) : NR_LINE_MAX_))

/* The result of the future that has just been awaited by `call`. */
#define NR_DONE_RESULT_(call)                                        \
    (nr_cx_->done ? ((__typeof__(call))(void *)nr_cx_->done)->result \
                  : NR_ZERO_(__typeof__((call)->result)))

#ifndef NR_NO_SHORT_NAMES
#define ASYNC_FN NR_ASYNC_FN
#define ASYNC_DECLARE NR_ASYNC_DECLARE
#define ASYNC_DEFINE NR_ASYNC_DEFINE
#define ASYNC_BEGIN NR_ASYNC_BEGIN
#define ASYNC_RETURN NR_ASYNC_RETURN
#define ASYNC_FINALLY NR_ASYNC_FINALLY
#define ASYNC_END NR_ASYNC_END
#define IS_UNWINDING NR_IS_UNWINDING
#define AWAIT NR_AWAIT
#define YIELD_NOW NR_YIELD_NOW
#define RUN NR_RUN
#define BLOCK_ON NR_BLOCK_ON
#define JOIN_HANDLE NR_JOIN_HANDLE
#define IS_FINISHED NR_IS_FINISHED
#define ABORT NR_ABORT
#define DETACH NR_DETACH
#define INTO NR_INTO
#define ALL NR_ALL
#define SELECT NR_SELECT
#endif

#endif
