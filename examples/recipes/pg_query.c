/* SPDX-License-Identifier: MIT */
/*
 * pg_query conninfo sql …: asks a PostgreSQL server, each question in turn, and
 * prints the rows.
 *
 * libpq makes its own calls on its socket. What it wants of us is to know when
 * the next one is worth making, and nr_fd_ready tells. Try it with
 *     pg_query 'host=/var/run/postgresql dbname=postgres' 'select 1, 2'
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "nanorun/async.h"
#include "nanorun/io/fd.h"

/* Waits until the socket is ready for `want`. Results in what it is ready for,
 * or a negative errno. libpq may have closed the socket that it had, and opened
 * another, perhaps of the same number: so there is a watch for each wait. */
ASYNC_FN(int, wait_for, ((PGconn *, db), (unsigned, want)), nr_fd *fd;
         int ready;)
{
    ASYNC_BEGIN(wait_for);
    self->ready = nr_fd_watch(PQsocket(self->db), &self->fd);
    if (!self->ready)
        AWAIT(self->ready, nr_fd_ready(self->fd, self->want));
    ASYNC_RETURN(self->ready);
    ASYNC_FINALLY;
    nr_fd_unwatch(self->fd);
    ASYNC_END;
}

/* Connects. Whether it succeeded, PQstatus says. PQconnectPoll blocks only to
 * look up the name of a host; `hostaddr=127.0.0.1` needs no look-up. */
ASYNC_FN(void, pg_connect, ((PGconn *, db)), PostgresPollingStatusType next;
         int ready;)
{
    ASYNC_BEGIN(pg_connect);
    self->next = PGRES_POLLING_WRITING; /* before the first PQconnectPoll */
    while (PQstatus(self->db) != CONNECTION_BAD &&
           self->next != PGRES_POLLING_OK &&
           self->next != PGRES_POLLING_FAILED) {
        AWAIT(self->ready,
              wait_for(self->db, self->next == PGRES_POLLING_READING
                                     ? NR_FD_READ
                                     : NR_FD_WRITE));
        if (self->ready < 0)
            break;
        self->next = PQconnectPoll(self->db);
    }
    ASYNC_END;
}

/* Sends what PQsendQuery and its like have left in libpq's buffer. Meanwhile
 * the server may send, and wait until that is read. Results in 0 or -EIO. */
ASYNC_FN(int, pg_flush, ((PGconn *, db)), int ready, left;)
{
    ASYNC_BEGIN(pg_flush);
    while ((self->left = PQflush(self->db)) > 0) {
        AWAIT(self->ready, wait_for(self->db, NR_FD_READ | NR_FD_WRITE));
        if (self->ready < 0)
            ASYNC_RETURN(self->ready);
        if (self->ready & NR_FD_READ && !PQconsumeInput(self->db))
            ASYNC_RETURN(-EIO);
    }
    ASYNC_RETURN(self->left < 0 ? -EIO : 0);
    ASYNC_END;
}

/* The next result of a query, which the caller clears; NULL: there are no
 * more, or the connection is lost. */
ASYNC_FN(PGresult *, pg_next_result, ((PGconn *, db)), int ready;)
{
    ASYNC_BEGIN(pg_next_result);
    while (PQisBusy(self->db)) {
        AWAIT(self->ready, wait_for(self->db, NR_FD_READ));
        if (self->ready < 0 || !PQconsumeInput(self->db))
            ASYNC_RETURN(NULL);
    }
    ASYNC_RETURN(PQgetResult(self->db));
    ASYNC_END;
}

static void print_rows(const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int i = 0; i < PQnfields(rows); i++)
            printf("%s%s", i ? "|" : "", PQgetvalue(rows, row, i));
        printf("\n");
    }
}

/* Returns whether the server understood. */
static bool print_result(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        print_rows(result);
        return true;
    case PGRES_COMMAND_OK:
        return true;
    default:
        fprintf(stderr, "%s", PQresultErrorMessage(result));
        return false;
    }
}

/* Asks, and prints all results: the next query may be sent after the last of
 * them. Returns whether all is well. */
ASYNC_FN(bool, ask, ((PGconn *, db), (const char *, sql)), PGresult *rows;
         int error; bool is_well;)
{
    ASYNC_BEGIN(ask);
    if (!PQsendQuery(self->db, self->sql))
        ASYNC_RETURN(false);
    AWAIT(self->error, pg_flush(self->db));
    self->is_well = !self->error;
    while (!self->error) {
        AWAIT(self->rows, pg_next_result(self->db));
        if (!self->rows)
            break;
        if (!print_result(self->rows))
            self->is_well = false;
        PQclear(self->rows);
    }
    ASYNC_RETURN(self->is_well && PQstatus(self->db) == CONNECTION_OK);
    ASYNC_END;
}

ASYNC_FN(int, run, ((const char *, conninfo), (char **, sql)), PGconn *db;
         bool is_well, failed;)
{
    ASYNC_BEGIN(run);
    self->db = PQconnectStart(self->conninfo);
    if (!self->db)
        ASYNC_RETURN(EXIT_FAILURE);
    AWAIT(pg_connect(self->db));
    if (PQstatus(self->db) != CONNECTION_OK ||
        PQsetnonblocking(self->db, 1) != 0) {
        fprintf(stderr, "%s", PQerrorMessage(self->db));
        ASYNC_RETURN(EXIT_FAILURE);
    }
    for (; *self->sql; self->sql++) {
        AWAIT(self->is_well, ask(self->db, *self->sql));
        if (!self->is_well)
            self->failed = true;
    }
    ASYNC_RETURN(self->failed ? EXIT_FAILURE : EXIT_SUCCESS);
    ASYNC_FINALLY;
    PQfinish(self->db);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s conninfo sql ...\n", argv[0]);
        return EXIT_FAILURE;
    }
    return RUN(run(argv[1], argv + 2));
}
