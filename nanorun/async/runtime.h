/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_RUNTIME_H
#define NANORUN_ASYNC_RUNTIME_H

/*
 * Runtimes: creating and ending them, references to them, and waiting for a
 * call from a plain thread. A runtime is a set of worker threads that share the
 * tasks spawned on it. A process may have several, which are independent of
 * each other. docs/fork.md says what the child of a fork may do.
 */

#include "nanorun/async/lower.h"
#include "nanorun/async/macro.h"

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_runtime nr_runtime;

/* A counted reference to a runtime, for SPAWN_ON. It may outlive the
 * runtime. */
typedef struct nr_handle nr_handle;

typedef struct nr_runtime_options {
    unsigned workers;  /* threads, at most NR_WORKERS_MAX; 0: one per CPU that
                          affinity and cgroup quota leave to this process */
    uint64_t seed;     /* of the random order in which workers steal; 0: a new
                          one each time */
    size_t stack_size; /* of a worker in bytes; 0: the system's default, but at
                          least 2 MiB, which the deepest nesting of combinators
                          needs in a build without optimization */
    unsigned blocking_threads; /* most for nanorun/rt/blocking.h; 0: 64 */
    unsigned blocking_keep_ms; /* for which such a thread stays idle; 0:
                                  10,000 */
} nr_runtime_options;

enum { NR_WORKERS_MAX = 1024 };

/* Creates a runtime and starts its workers. `options` may be NULL, which means
 * defaults. Returns NULL with errno EINVAL (more than NR_WORKERS_MAX workers),
 * ENOMEM, or EAGAIN (the system creates no further thread, or none with such a
 * stack). Threads: any, also inside a task. Ownership: the caller's, ended by
 * nr_runtime_destroy or nr_runtime_shutdown. */
nr_runtime *nr_runtime_create(const nr_runtime_options *options);

/* Cancels all tasks, waits until their cleanup is done, joins the workers and
 * frees the runtime. NULL is fine. Misuse: in a task of the same runtime; a
 * second time. Threads: any but its workers. Ownership: takes `rt`. */
void nr_runtime_destroy(nr_runtime *rt);
#define nr_runtime_destroy(...) nr_runtime_destroy_at_(__VA_ARGS__, NR_PLACE_)
void nr_runtime_destroy_at_(nr_runtime *rt, const char *place);

/* The same within a bound. Returns 0, or -ETIMEDOUT if some task had not
 * finished its cleanup after `timeout_ms`; such tasks are freed without
 * running. A poll under way is never interrupted: the function does not wait
 * for its worker, which frees the rest when it ends. Misuse, threads,
 * ownership: as nr_runtime_destroy. */
int nr_runtime_shutdown(nr_runtime *rt, uint64_t timeout_ms);
#define nr_runtime_shutdown(...) nr_runtime_shutdown_at_(__VA_ARGS__, NR_PLACE_)
int nr_runtime_shutdown_at_(nr_runtime *rt, uint64_t timeout_ms,
                            const char *place);

/* A new reference to `rt`. Threads: any. Ownership: the caller's, ended by
 * nr_handle_release. */
nr_handle *nr_runtime_handle(nr_runtime *rt);

/* A further reference. Threads: any. Ownership: the caller's. */
nr_handle *nr_handle_clone(nr_handle *h);

/* Ends a reference. NULL is fine. Threads: any. Ownership: takes `h`. */
void nr_handle_release(nr_handle *h);

/* The runtime whose task is running; NULL outside a task. Threads: any.
 * Ownership: borrowed, clone it to keep it beyond the task. */
nr_handle *nr_handle_current(void);

/* BLOCK_ON(rt, call) runs `call` as a task of `rt` and blocks the thread until
 * it has ended: an expression, whose value is the call's result. Misuse: inside
 * a task; of a call that has no result, because the end of its runtime
 * cancelled it or memory ran out. It expands to
 *     *(T *)nr_block_on_(rt, call, &T storage, …)
 * in the form of an assignment, so that no compiler warns of an unused value.
 * Threads: any, outside of tasks. Ownership: takes the call. */
/* RUN(call) is BLOCK_ON(rt, call) on a runtime that it creates with defaults
 * and destroys. */
#define NR_RUN(call) NR_BLOCK_ON_AT_(NULL, call, "RUN", NR_PLACE_)
#define NR_BLOCK_ON(rt, call)                                           \
    NR_BLOCK_ON_AT_(nr_runtime_check_(rt, NR_PLACE_), call, "BLOCK_ON", \
                    NR_PLACE_)

/* Implements both; if `rt` is NULL, creates a runtime. Copies the result, which
 * is `size` bytes at `offset` of the future, to `out`, and returns `out`. */
void *nr_block_on_(nr_runtime *rt, nr_future *future, void *out, size_t offset,
                   size_t size, const char *who, const char *place);
nr_runtime *nr_runtime_check_(nr_runtime *rt, const char *place);

#ifdef __cplusplus
}

template <class F>
auto nr_block_on_typed_(nr_runtime *rt, F *call, const char *who,
                        const char *place) -> decltype(call->result)
{
    nr_storage_<decltype(call->result)> result;
    nr_block_on_(rt, (nr_future *)(void *)call, &result.value,
                 offsetof(F, result),
                 nr_size_of_<decltype(call->result)>::value, who, place);
    return result.value;
}
#define NR_BLOCK_ON_AT_(rt, call, who, place)                            \
    nr_block_on_typed_((rt), (__typeof__(call))(void *)NR_FUTURE_(call), \
                       (who), (place))

#else

#define NR_BLOCK_ON_AT_(rt, call, who, place)                               \
    (NR_ZERO_(__typeof__((call)->result)) =                                 \
         *(__typeof__(&(call)->result))nr_block_on_(                        \
             (rt), NR_FUTURE_(call), &NR_ZERO_(__typeof__((call)->result)), \
             NR_RESULT_OFFSET_(call), NR_RESULT_SIZE_(call), (who), (place)))

#endif

#endif
