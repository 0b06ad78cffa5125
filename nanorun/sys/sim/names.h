/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_NAMES_H
#define NANORUN_SYS_SIM_NAMES_H

/* The names of Unix sockets: paths, which stay until they are unlinked, and
 * abstract ones, which end with their listener. Calls: sockets. */

#include <stdint.h>

#include "nanorun/sys/sim/sockets.h"

typedef struct nr_sim_name {
    struct nr_sim_name *next;
    uint64_t number;         /* of no other name in this run; not 0 */
    nr_sim_socket *listener; /* NULL: nobody listens any more */
    char text[];
} nr_sim_name;

/* Memory for a name, not in the table, or NULL. */
nr_sim_name *nr_sim_name_alloc(const char *text);

/* Returns the name, or NULL. */
nr_sim_name *nr_sim_name_find(const char *text);
nr_sim_name *nr_sim_name_find_number(uint64_t number);

/* Puts it into the table, as that of `listener`, and takes it out. */
void nr_sim_name_add(nr_sim_name *name, nr_sim_socket *listener);
void nr_sim_name_remove(nr_sim_name *name);

/* Ends the listening. Returns the name if it is in the table no more, else
 * NULL. Ownership: the caller's, by nr_sys_free. */
nr_sim_name *nr_sim_name_end(nr_sim_socket *listener);

/* Between two runs: forgets all names. */
void nr_sim_names_reset(void);

#endif
