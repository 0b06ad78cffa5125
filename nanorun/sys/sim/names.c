/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/names.h"

#include <string.h>

#include "nanorun/sys/memory.h"

static nr_sim_name *names_table;
static uint64_t names_given;

nr_sim_name *nr_sim_name_alloc(const char *text)
{
    size_t size = strlen(text) + 1;
    nr_sim_name *name = nr_sys_alloc(sizeof *name + size);

    if (name)
        memcpy(name->text, text, size);
    return name;
}

nr_sim_name *nr_sim_name_find(const char *text)
{
    nr_sim_name *name = names_table;

    while (name && strcmp(name->text, text) != 0)
        name = name->next;
    return name;
}

nr_sim_name *nr_sim_name_find_number(uint64_t number)
{
    nr_sim_name *name = names_table;

    while (name && name->number != number)
        name = name->next;
    return name;
}

void nr_sim_name_add(nr_sim_name *name, nr_sim_socket *listener)
{
    name->number = ++names_given;
    name->listener = listener;
    name->next = names_table;
    names_table = name;
    listener->name = name;
}

void nr_sim_name_remove(nr_sim_name *name)
{
    nr_sim_name **link = &names_table;

    while (*link != name)
        link = &(*link)->next;
    *link = name->next;
    if (name->listener)
        name->listener->name = NULL;
}

nr_sim_name *nr_sim_name_end(nr_sim_socket *listener)
{
    nr_sim_name *name = listener->name;

    if (!name)
        return NULL;
    listener->name = NULL;
    name->listener = NULL;
    if (name->text[0] != '@')
        return NULL;
    nr_sim_name_remove(name);
    return name;
}

void nr_sim_names_reset(void)
{
    while (names_table) {
        nr_sim_name *name = names_table;

        names_table = name->next;
        nr_sys_free(name);
    }
    names_given = 0;
}
