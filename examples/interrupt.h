/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_INTERRUPT_H
#define EXAMPLES_INTERRUPT_H

/*
 * Ctrl-C and requests to terminate, for programs that end in order. A thread
 * that is no worker receives them, in the way of each system.
 */

/* Lets `run` be called, in a thread of its own, when the program is asked to
 * end. To be called before any thread is made. Returns 0 or an errno. */
int on_interrupt(void (*run)(void));

#endif
