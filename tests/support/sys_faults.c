/* SPDX-License-Identifier: MIT */
#include "tests/support/sys_faults.h"

#include <errno.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/foreign.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"
#include "nanorun/sys/thread.h"

/* Calls that still succeed, and at 0 one fails. */
#define NONE_FAILS SIZE_MAX
static nr_atomic_size left = {NONE_FAILS};
static void (*poller_hook)(void);

void sys_faults_fail(uint64_t after)
{
    nr_store_size_seq_cst(&left,
                          after < NONE_FAILS ? (size_t)after : NONE_FAILS);
}

bool sys_faults_is_to_come(void)
{
    return nr_load_size_seq_cst(&left) != NONE_FAILS;
}

bool sys_faults_alloc_is_to_come(uint64_t after)
{
    typedef struct block {
        struct block *next;
    } block;
    block *blocks = NULL;
    bool has_failed = false;
    for (uint64_t i = 0; i <= after && !has_failed; i++) {
        block *b = nr_sys_alloc(sizeof *b);
        has_failed = !b;
        if (b) {
            b->next = blocks;
            blocks = b;
        }
    }
    while (blocks) {
        block *next = blocks->next;
        nr_sys_free(blocks);
        blocks = next;
    }
    return has_failed;
}

void sys_faults_on_poller_create(void (*hook)(void))
{
    poller_hook = hook;
}

static bool must_fail(void)
{
    size_t seen = nr_load_size_seq_cst(&left);
    do {
        if (seen == NONE_FAILS)
            return false;
        /* From 0 it goes to NONE_FAILS. */
    } while (!nr_cas_size_seq_cst(&left, &seen, seen - 1));
    return seen == 0;
}

/* WRAP_(error, name, (parameters), (arguments)) -> the call of the library's
 * that the linker leads here, which fails or goes on to the system. */
#define WRAP_(error, name, parameters, arguments)                \
    int __real_##name parameters;                                \
    int __wrap_##name parameters;                                \
    int __wrap_##name parameters                                 \
    {                                                            \
        return must_fail() ? -(error) : __real_##name arguments; \
    }

WRAP_(ENOMEM, nr_sys_mutex_init, (nr_sys_mutex * m), (m))
WRAP_(ENOMEM, nr_sys_cond_init, (nr_sys_cond * c), (c))
WRAP_(EAGAIN, nr_sys_thread_create,
      (nr_sys_thread * out, size_t stack_size, void (*run)(void *), void *arg),
      (out, stack_size, run, arg))
WRAP_(ENOMEM, nr_sys_poller_add,
      (nr_sys_poller * p, nr_sys_socket s, void *token), (p, s, token))
WRAP_(EMFILE, nr_sys_foreign_open,
      (nr_sys_poller * p, nr_sys_socket fd, void *token, nr_sys_foreign **out),
      (p, fd, token, out))
WRAP_(EMFILE, nr_sys_socket_open, (bool is_v6, nr_sys_socket *out),
      (is_v6, out))
WRAP_(EADDRINUSE, nr_sys_socket_listen,
      (const nr_addr *at, const nr_sys_listen_options *o, nr_sys_socket *out),
      (at, o, out))
WRAP_(EMFILE, nr_sys_socket_accept,
      (nr_sys_socket s, nr_sys_socket *out, nr_addr *peer), (s, out, peer))
WRAP_(EADDRNOTAVAIL, nr_sys_socket_connect,
      (nr_sys_socket s, const nr_addr *to), (s, to))

int __real_nr_sys_poller_create(nr_sys_poller **out);
int __wrap_nr_sys_poller_create(nr_sys_poller **out);
int __wrap_nr_sys_poller_create(nr_sys_poller **out)
{
    if (poller_hook)
        poller_hook();
    return must_fail() ? -EMFILE : __real_nr_sys_poller_create(out);
}
