/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_JOIN_H
#define NANORUN_ASYNC_JOIN_H

/*
 * The macros on the handle of a task (nanorun/async/spawn.h). A handle is
 * consumed exactly once, by JOIN, JOIN_STATUS or DETACH; ABORT, WAIT_FOR and
 * IS_FINISHED do not consume it.
 */

#include "nanorun/async/spawn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* JOIN(h), awaitable: the task's result, once the task has ended. Consumes h,
 * even if the wait is cancelled; the task then runs on, detached. Misuse: of a
 * task that has no result, because it was aborted, ran out of memory, or was
 * cancelled or refused by the end of a runtime other than the joiner's; of the
 * calling task itself; of a consumed handle. Threads: any task of any runtime,
 * and BLOCK_ON. */
#define NR_JOIN(h) \
    NR_USED_((NR_FUTURE_TYPE_(h))nr_join_(NR_TASK_(h), "\n" NR_PLACE_))

/* JOIN_STATUS(h, &v), awaitable int: 0 and v set; or -ECANCELED or -ENOMEM, and
 * v untouched. Consumes h. JOIN_STATUS(h) drops the result. Misuse: of the
 * calling task itself; of a consumed handle. Threads: as JOIN. */
#define NR_JOIN_STATUS(...) \
    NR_CAT_(NR_JOIN_STATUS_, NR_COUNT_(__VA_ARGS__))(__VA_ARGS__)
#define NR_JOIN_STATUS_1(h) nr_join_status_(NR_TASK_(h), NULL, 0, 0, NR_PLACE_)
#define NR_JOIN_STATUS_2(h, out)                                              \
    nr_join_status_(NR_TASK_(h), NR_OUT_(out, *(h)), NR_RESULT_OFFSET_(*(h)), \
                    NR_RESULT_SIZE_(*(h)), NR_PLACE_)

/* WAIT_FOR(h), awaitable void: waits until the task has ended. Does not consume
 * h, so a TIMEOUT_MS around it may be followed by ABORT and a join. NULL when
 * out of memory. Misuse: while another task waits for or joins the same one; of
 * the calling task itself. Threads: as JOIN. */
#define NR_WAIT_FOR(h) nr_wait_for_(NR_TASK_(h), NR_PLACE_)

/* As in nanorun/async.h: messages name the user's line. What is above
 * is named at its own, and the user's line is in the notes of the report. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

/* IS_FINISHED(h): whether the task has ended, so that a join would not wait.
 * Misuse: of a consumed handle. Threads: any. */
#define NR_IS_FINISHED(h) nr_is_finished_(NR_TASK_(h), NR_PLACE_)

/* ABORT(h) requests the task's cancellation and does not wait for it; h can
 * still be joined. The FINALLY sections of the task run, even if its body has
 * not begun. A second ABORT, or one after the task's end, does nothing. Misuse:
 * of a consumed handle. Threads: any. */
#define NR_ABORT(h) nr_abort_(NR_TASK_(h), NR_PLACE_)

/* DETACH(h) gives the handle up; the task runs on. A task may detach itself.
 * Consumes h. Misuse: of a consumed handle. Threads: any. */
#define NR_DETACH(h) nr_detach_(NR_TASK_(h), NR_PLACE_)

/* ---- implementation of the macros ---- */

typedef struct nr_join_status_future {
    nr_future base;
    int result;
} nr_join_status_future;

typedef struct nr_wait_for_future {
    nr_future base;
    nr_unit result;
} nr_wait_for_future;

#define NR_FUTURE_TYPE_(h) __typeof__(*(h))

/* Converts a handle to its task; an argument of another type does not
 * compile. */
#define NR_TASK_(h) nr_task_of_((h), (__typeof__(&(*(h))->base))0)
static inline nr_task *nr_task_of_(const void *h, nr_future *type_check)
{
    (void)type_check;
    return (nr_task *)(uintptr_t)h;
}

NR_MUST_USE_ void *nr_join_(nr_task *task, const char *newline_and_place);
NR_MUST_USE_ nr_join_status_future *nr_join_status_(nr_task *task, void *out,
                                                    size_t offset, size_t size,
                                                    const char *place);
NR_MUST_USE_ nr_wait_for_future *nr_wait_for_(nr_task *task, const char *place);
bool nr_is_finished_(const nr_task *task, const char *place);
void nr_abort_(nr_task *task, const char *place);
void nr_detach_(nr_task *task, const char *place);

#ifdef __cplusplus
}
#endif

#endif
