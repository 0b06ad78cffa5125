// SPDX-License-Identifier: MIT
#include "tests/fuzz/program_tree.h"

#include <cctype>
#include <cstring>

namespace
{

// ---- from bytes ----

const char letters[] = "vysfqjtadmlx";

uint8_t next_visible(FuzzInput *input)
{
    uint8_t byte;
    do
        byte = input->next();
    while (byte == ' ' || byte == '\n');
    return byte;
}

unsigned next_digit(FuzzInput *input)
{
    return next_visible(input) % 16; // of '0' to '9' the number
}

Op op_of(uint8_t byte)
{
    int c = tolower(byte);
    const char *at = c ? strchr(letters, c) : letters;
    size_t i = at ? (size_t)(at - letters) : byte % strlen(letters);
    return static_cast<Op>(i);
}

bool is_leaf(Op op)
{
    return op <= Op::kForever;
}

int operands_of(Op op, unsigned arg)
{
    if (is_leaf(op))
        return 0;
    bool has_some = op == Op::kSequence || op == Op::kAll || op == Op::kSelect;
    return has_some ? 1 + (int)(arg % 3) : 1;
}

bool is_spawn(Op op)
{
    return op >= Op::kJoin && op <= Op::kDetach;
}

// Whether a node ends also where operand i does not.
bool outlives(const Node &n, int i)
{
    return n.op == Op::kAbort || n.op == Op::kDetach ||
           (n.op == Op::kTimeout && program_is_short(n)) ||
           (n.op == Op::kSelect && i > 0);
}

// ---- what is known ----

// From above: who may be cancelled, and by what. An operand that is polled in
// the same breath as its node runs where that does.
void mark_operand(const Node &n, int i)
{
    Node *o = n.operand[i];
    bool is_left = n.op == Op::kAbort || n.op == Op::kDetach;
    bool is_cut = (n.op == Op::kTimeout && program_is_short(n)) ||
                  (n.op == Op::kSelect && n.operands > 1);
    bool is_first = n.op == Op::kAll || (i == 0 && !is_spawn(n.op));
    bool is_whole = !n.may_stray && !is_left && n.op != Op::kSelect;
    o->may_stray = n.may_stray || is_left || is_cut;
    o->may_be_cancelled =
        is_spawn(n.op) ? o->may_stray : n.may_be_cancelled || is_cut;
    o->must_run = n.must_run && (is_first || is_whole);
    for (int k = 0; k < i && n.op == Op::kSequence; k++)
        o->must_run &= n.operand[k]->ends;
}

// From below. A JOIN whose task was refused as the runtime is ending has no
// result, and unwinds up to a FINALLY or whatever takes errors.
void know_unwinding(Node *n)
{
    n->may_unwind = n->op == Op::kJoin && n->may_stray;
    for (int i = 0; i < n->operands; i++)
        n->may_unwind |= !is_spawn(n->op) && n->op != Op::kTimeout &&
                         n->operand[i]->may_unwind;
    n->may_be_cancelled |= n->may_unwind;
}

// Of SELECT the index of the winner where it is known, else -1.
int winner_of(const Node &n)
{
    for (int i = 0; i < n.operands; i++) {
        if (n.operand[i]->pace == Pace::kAtOnce)
            return i;
        if (n.operand[i]->pace == Pace::kUnsure)
            break;
    }
    return -1;
}

// What is joined ends with the runtime, also where whoever joins it goes on,
// which is in a FINALLY: JOIN_STATUS says so, JOIN unwinds, maybe to a TIMEOUT.
void know_end(Node *n)
{
    bool is_left = (n->op == Op::kJoinStatus && n->may_stray) ||
                   (n->op == Op::kTimeout && n->operand[0]->may_unwind);
    n->ends = n->may_end = n->op != Op::kForever && n->op != Op::kSelect;
    for (int i = 0; i < n->operands; i++) {
        const Node *o = n->operand[i];
        if (n->op == Op::kSelect) {
            n->ends |= o->ends;
            n->may_end |= o->may_end;
        } else if (!outlives(*n, i)) {
            n->ends &= o->ends;
            n->may_end &= o->may_end || is_left;
        }
    }
}

// One thing after the other.
Pace then(Pace first, Pace second)
{
    return first == Pace::kAtOnce ? second : first;
}

void know_pace(Node *n)
{
    Pace first = n->operands ? n->operand[0]->pace : Pace::kAtOnce;
    Pace p = Pace::kUnsure;
    if (n->op == Op::kValue || n->op == Op::kDetach) {
        p = Pace::kAtOnce;
    } else if (n->op == Op::kYield || n->op == Op::kForever ||
               (n->op == Op::kSleep && n->arg % 2)) {
        p = Pace::kLater;
    } else if (n->op == Op::kSequence || n->op == Op::kAll) {
        p = Pace::kAtOnce;
        for (int i = 0; i < n->operands; i++) {
            Pace next = n->operand[i]->pace;
            bool is_later = n->op == Op::kAll && next == Pace::kLater;
            p = is_later ? Pace::kLater : then(p, next);
        }
    } else if (n->op == Op::kTimeout || n->op == Op::kSelect) {
        p = first == Pace::kAtOnce ? Pace::kAtOnce : Pace::kUnsure;
        // SELECT waits for the cleanup of the losers, also of one not begun.
        for (int i = 1; i < n->operands; i++)
            if (n->operand[i]->cleanup)
                p = then(p, n->operand[i]->cleanup->pace);
    }
    n->pace = n->cleanup ? then(p, n->cleanup->pace) : p;
}

// The value of what is awaited to its end, each operand in turn.
void know_sum(Node *n)
{
    n->is_known = true;
    for (int i = 0; i < n->operands; i++) {
        n->is_known &= n->operand[i]->is_known;
        n->value = program_mix(n->value, n->operand[i]->value);
    }
}

void know_value(Node *n)
{
    const Node *first = n->operand[0];
    n->value = (uint32_t)n->op * 16 + n->arg;
    if (is_leaf(n->op) || n->op == Op::kDetach) {
        n->is_known = true;
    } else if (n->op == Op::kSequence || n->op == Op::kAll) {
        know_sum(n);
    } else if (n->op == Op::kSelect) {
        int i = winner_of(*n);
        n->is_known = i >= 0 && n->operand[i]->is_known;
        if (n->is_known)
            n->value = program_mix(program_mix(n->value, (uint32_t)i),
                                   n->operand[i]->value);
    } else if (outlives(*n, 0) && !first->may_end) {
        n->is_known = true;
        n->value = program_mix(n->value, PROGRAM_CUT);
    } else if (n->op == Op::kTimeout) {
        bool is_whole = first->pace == Pace::kAtOnce || !program_is_short(*n);
        know_sum(n);
        n->is_known &= is_whole;
    } else if (n->op != Op::kAbort) {
        know_sum(n);
        n->is_known &= !n->may_stray;
    }
}

void know(Node *n)
{
    for (int i = 0; i < n->operands; i++) {
        mark_operand(*n, i);
        know(n->operand[i]);
    }
    know_unwinding(n);
    know_end(n);
    if (n->cleanup) {
        n->cleanup->may_stray = n->may_stray;
        n->cleanup->must_run = n->must_run;
        know(n->cleanup);
        FUZZ_CHECK(n->cleanup->ends);
    }
    know_pace(n);
    know_value(n);
}

} // namespace

Node *Program::parse(FuzzInput *input, int depth, bool must_end)
{
    Node *n = &nodes_[(size_t)count_++];
    uint8_t byte = next_visible(input);
    n->op = op_of(byte);
    n->arg = next_digit(input);
    // Where there is no room for what it takes it is a value.
    bool has_cleanup = isupper(byte);
    int takes = operands_of(n->op, n->arg) + has_cleanup;
    if (depth == PROGRAM_DEPTH || reserved_ + takes > PROGRAM_NODES) {
        n->op = Op::kValue;
        return n;
    }
    if (n->op == Op::kForever && must_end)
        n->op = Op::kYield;
    reserved_ += takes;
    n->operands = takes - has_cleanup;
    for (int i = 0; i < n->operands; i++)
        n->operand[i] = parse(input, depth + 1, must_end && !outlives(*n, i));
    if (has_cleanup)
        n->cleanup = parse(input, depth + 1, true);
    return n;
}

Program::Program(FuzzInput *input) : nodes_(new Node[PROGRAM_NODES])
{
    end_ = static_cast<End>(next_digit(input) % 5);
    Node *n = parse(input, 0, false);
    n->ends = true;
    know(n);
    if (!n->ends && end_ == End::kJoin)
        end_ = End::kAbort;
    n->may_be_cancelled = n->may_stray = end_ != End::kJoin;
    n->must_run = end_ == End::kJoin;
    know(n);
}

void Program::reset()
{
    for (int i = 0; i < count_; i++)
        nodes_[(size_t)i].begun = nodes_[(size_t)i].cleaned = 0;
}

void Program::check_counts() const
{
    for (int i = 0; i < count_; i++) {
        const Node &n = nodes_[(size_t)i];
        /* One that was cancelled before it began is cleaned up, too. */
        FUZZ_CHECK(n.begun <= n.cleaned && n.cleaned <= 1);
        FUZZ_CHECK(!n.must_run || n.begun == 1);
    }
}
