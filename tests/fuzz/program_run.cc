// SPDX-License-Identifier: MIT
#include "tests/fuzz/program_run.h"

#include <cerrno>

#include "nanorun/rt/sync.h"

namespace
{

typedef JOIN_HANDLE(program_node) Task;

// The handle, for the call that consumes it; whatever happens, once.
Task take(Task *handle)
{
    Task task = *handle;
    *handle = nullptr;
    return task;
}

ASYNC_FN(uint32_t, do_wait, ((Node *, n)), unsigned i;)
{
    ASYNC_BEGIN(do_wait);
    if (self->n->op == Op::kSleep)
        AWAIT(nr_sleep_ms(self->n->arg % 2));
    else if (self->n->op == Op::kForever)
        AWAIT(nr_sleep_ms(PROGRAM_FOREVER_MS));
    else if (self->n->op == Op::kYield)
        for (self->i = 0; self->i < 1 + self->n->arg % 8; self->i++)
            YIELD_NOW();
    ASYNC_RETURN(self->n->value);
    ASYNC_END;
}

ASYNC_FN(uint32_t, do_sequence, ((Node *, n)), uint32_t sum, v; int i;)
{
    ASYNC_BEGIN(do_sequence);
    self->sum = (uint32_t)self->n->op * 16 + self->n->arg;
    for (self->i = 0; self->i < self->n->operands; self->i++) {
        AWAIT(self->v, program_node(self->n->operand[self->i]));
        self->sum = program_mix(self->sum, self->v);
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

ASYNC_FN(void, abort_it, ((Task, h)))
{
    ASYNC_BEGIN(abort_it);
    ABORT(self->h);
    ABORT(self->h);
    ASYNC_END;
}

// Aborts from here, or from another task that ends before this does.
ASYNC_FN(void, do_abort, ((Task, h), (bool, is_far)), nr_group g;)
{
    ASYNC_BEGIN(do_abort);
    nr_group_init(&self->g);
    if (self->is_far)
        GROUP_SPAWN(&self->g, abort_it(self->h));
    else
        ABORT(self->h);
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

uint32_t check_joined(const Node *n, int err, uint32_t v)
{
    const Node *task = n->operand[0];
    uint32_t sum = (uint32_t)n->op * 16 + n->arg;
    if (err) {
        FUZZ_CHECK(err == -ECANCELED && v == PROGRAM_UNTOUCHED);
        FUZZ_CHECK(task->may_be_cancelled);
        return program_mix(sum, PROGRAM_CUT);
    }
    FUZZ_CHECK(task->may_end && (!task->is_known || v == task->value));
    return program_mix(sum, v);
}

// Whoever is cancelled here still has the handle, and ends or leaves the task.
ASYNC_FN(uint32_t, do_spawn, ((Node *, n)), Task h; uint32_t v; int err;
         unsigned i;)
{
    ASYNC_BEGIN(do_spawn);
    self->v = PROGRAM_UNTOUCHED;
    self->h = SPAWN(program_node(self->n->operand[0]));
    if (self->n->op == Op::kDetach) {
        DETACH(take(&self->h));
        ASYNC_RETURN((uint32_t)self->n->op * 16 + self->n->arg);
    }
    for (self->i = 0; self->i < self->n->arg / 2 % 4; self->i++)
        YIELD_NOW();
    if (self->n->op == Op::kAbort)
        AWAIT(do_abort(self->h, self->n->arg % 2));
    if (self->n->op == Op::kJoin)
        AWAIT(self->v, JOIN(take(&self->h)));
    else
        AWAIT(self->err, JOIN_STATUS(take(&self->h), &self->v));
    ASYNC_RETURN(check_joined(self->n, self->err, self->v));
    ASYNC_FINALLY;
    if (self->h && self->n->arg % 2) {
        DETACH(take(&self->h));
    } else if (self->h) {
        ABORT(self->h);
        AWAIT(self->err, JOIN_STATUS(take(&self->h), &self->v));
    }
    ASYNC_END;
}

ASYNC_FN(uint32_t, do_timeout, ((Node *, n)), const Node *o; uint32_t v;
         int err;)
{
    static const uint64_t bounds_ms[] = {0, 1, 2, PROGRAM_FOREVER_MS};
    ASYNC_BEGIN(do_timeout);
    self->o = self->n->operand[0];
    self->v = PROGRAM_UNTOUCHED;
    AWAIT(self->err, TIMEOUT_MS(bounds_ms[self->n->arg % 4],
                                program_node(self->n->operand[0]), &self->v));
    if (self->err) {
        FUZZ_CHECK(self->v == PROGRAM_UNTOUCHED);
        FUZZ_CHECK(self->err == -ETIMEDOUT
                       ? program_is_short(*self->n)
                       : self->err == -ECANCELED && self->o->may_unwind);
        FUZZ_CHECK(self->o->pace != Pace::kAtOnce);
        self->v = PROGRAM_CUT;
    } else {
        FUZZ_CHECK(self->o->may_end &&
                   (!self->o->is_known || self->v == self->o->value));
    }
    ASYNC_RETURN(
        program_mix((uint32_t)self->n->op * 16 + self->n->arg, self->v));
    ASYNC_END;
}

ASYNC_FN(uint32_t, do_all, ((Node *, n)), uint32_t v[3], sum; Node * *o; int i;)
{
    ASYNC_BEGIN(do_all);
    self->o = self->n->operand;
    if (self->n->operands == 1)
        AWAIT(ALL(INTO(&self->v[0], program_node(self->o[0]))));
    else if (self->n->operands == 2)
        AWAIT(ALL(INTO(&self->v[0], program_node(self->o[0])),
                  INTO(&self->v[1], program_node(self->o[1]))));
    else
        AWAIT(ALL(INTO(&self->v[0], program_node(self->o[0])),
                  INTO(&self->v[1], program_node(self->o[1])),
                  INTO(&self->v[2], program_node(self->o[2]))));
    self->sum = (uint32_t)self->n->op * 16 + self->n->arg;
    for (self->i = 0; self->i < self->n->operands; self->i++)
        self->sum = program_mix(self->sum, self->v[self->i]);
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

// The winner's result alone is there.
uint32_t check_selected(const Node *n, int which, const uint32_t v[3])
{
    FUZZ_CHECK(which >= 0 && which < n->operands);
    for (int i = 0; i < n->operands; i++) {
        const Node *o = n->operand[i];
        FUZZ_CHECK((v[i] == PROGRAM_UNTOUCHED) == (i != which));
        FUZZ_CHECK(i >= which || o->pace != Pace::kAtOnce);
        FUZZ_CHECK(i != which || o->may_end);
        FUZZ_CHECK(i != which || !o->is_known || v[i] == o->value);
    }
    uint32_t sum = (uint32_t)n->op * 16 + n->arg;
    return program_mix(program_mix(sum, (uint32_t)which), v[which]);
}

ASYNC_FN(uint32_t, do_select, ((Node *, n)), uint32_t v[3]; Node * *o;
         int which;)
{
    ASYNC_BEGIN(do_select);
    self->o = self->n->operand;
    self->v[0] = self->v[1] = self->v[2] = PROGRAM_UNTOUCHED;
    if (self->n->operands == 1)
        AWAIT(self->which, SELECT(INTO(&self->v[0], program_node(self->o[0]))));
    else if (self->n->operands == 2)
        AWAIT(self->which, SELECT(INTO(&self->v[0], program_node(self->o[0])),
                                  INTO(&self->v[1], program_node(self->o[1]))));
    else
        AWAIT(self->which, SELECT(INTO(&self->v[0], program_node(self->o[0])),
                                  INTO(&self->v[1], program_node(self->o[1])),
                                  INTO(&self->v[2], program_node(self->o[2]))));
    ASYNC_RETURN(check_selected(self->n, self->which, self->v));
    ASYNC_END;
}

// Ends the runtime with the outermost task on it, then joins that on another:
// its handle resolves.
void run_beyond_end(Program *program, nr_runtime *rt, Task h)
{
    const Node *root = program->root();
    if (program->end() == End::kShutdown)
        FUZZ_CHECK(nr_runtime_shutdown(rt, 600000) == 0);
    else
        nr_runtime_destroy(rt);
    uint32_t v = PROGRAM_UNTOUCHED;
    int err = RUN(JOIN_STATUS(h, &v));
    FUZZ_CHECK(err == 0 || (err == -ECANCELED && v == PROGRAM_UNTOUCHED));
    FUZZ_CHECK(err || (root->may_end && (!root->is_known || v == root->value)));
}

} // namespace

ASYNC_DEFINE(uint32_t, program_node, ((Node *, n)), uint32_t v;
             bool is_cleaning, has_returned;)
{
    ASYNC_BEGIN(program_node);
    self->n->begun++;
    if (self->n->op <= Op::kForever)
        AWAIT(self->v, do_wait(self->n));
    else if (self->n->op == Op::kSequence)
        AWAIT(self->v, do_sequence(self->n));
    else if (self->n->op == Op::kTimeout)
        AWAIT(self->v, do_timeout(self->n));
    else if (self->n->op == Op::kAll)
        AWAIT(self->v, do_all(self->n));
    else if (self->n->op == Op::kSelect)
        AWAIT(self->v, do_select(self->n));
    else
        AWAIT(self->v, do_spawn(self->n));
    FUZZ_CHECK(self->n->may_end);
    FUZZ_CHECK(!self->n->is_known || self->v == self->n->value);
    self->has_returned = true;
    ASYNC_RETURN(self->v);
    ASYNC_FINALLY;
    FUZZ_CHECK(!self->is_cleaning);
    self->is_cleaning = true;
    FUZZ_CHECK(self->has_returned || self->n->may_be_cancelled);
    if (self->n->cleanup) {
        AWAIT(self->v, program_node(self->n->cleanup));
        FUZZ_CHECK(!self->n->cleanup->is_known ||
                   self->v == self->n->cleanup->value);
    }
    self->n->cleaned++;
    ASYNC_END;
}

void program_run(Program *program, unsigned workers)
{
    nr_runtime_options options = {};
    options.workers = workers;
    nr_runtime *rt = nr_runtime_create(&options);
    FUZZ_CHECK(rt);
    nr_handle *handle = nr_runtime_handle(rt);
    Node *root = program->root();
    program->reset();
    Task h = SPAWN_ON(handle, program_node(root));
    nr_handle_release(handle);
    if (program->end() == End::kJoin) {
        uint32_t v = BLOCK_ON(rt, JOIN(h));
        FUZZ_CHECK(!root->is_known || v == root->value);
    } else if (program->end() == End::kAbort) {
        ABORT(h);
        uint32_t v = PROGRAM_UNTOUCHED;
        int err = BLOCK_ON(rt, JOIN_STATUS(h, &v));
        FUZZ_CHECK(err == 0 ? root->may_end : err == -ECANCELED);
    } else if (program->end() == End::kDetach) {
        DETACH(h);
    }
    if (program->end() == End::kDestroy || program->end() == End::kShutdown)
        run_beyond_end(program, rt, h);
    else
        nr_runtime_destroy(rt);
    program->check_counts();
}
