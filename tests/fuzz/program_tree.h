// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_FUZZ_PROGRAM_TREE_H
#define NANORUN_TESTS_FUZZ_PROGRAM_TREE_H

// A program made of bytes: a tree of operations, and beside each what is known
// of it without running it.
//
// The text of one begins with how it ends, a digit, and then has the outermost
// operation: a letter, a digit for its argument, and its operands. In upper
// case it has a last operand which runs in its FINALLY. Any other bytes mean
// something too. "0q1 y3 J0 v0 y2" awaits y3 and then spawns and joins v0, with
// y2 as the cleanup of that.

#include <memory>

#include "tests/fuzz/fuzz.h"

enum class Op : uint8_t {
    kValue,      // v: returns at once
    kYield,      // y: yields 1 to 8 times
    kSleep,      // s: sleeps 0 or 1 ms
    kForever,    // f: waits until it is cancelled
    kSequence,   // q: awaits its 1 to 3 operands
    kJoin,       // j: spawns its operand and joins it
    kJoinStatus, // t: the same by JOIN_STATUS
    kAbort,      // a: the same, but aborts it before; odd: from another task
    kDetach,     // d: spawns and detaches it
    kTimeout,    // m: bounds it to 0, 1, 2, or very many milliseconds
    kAll,        // l: ALL of 1 to 3
    kSelect,     // x: SELECT of 1 to 3
};

// What the main thread does with the outermost task.
enum class End : uint8_t { kJoin, kAbort, kDestroy, kShutdown, kDetach };

enum { PROGRAM_NODES = 40, PROGRAM_DEPTH = 8, PROGRAM_FOREVER_MS = 3600000 };

// Whether it is ready when it is polled for the first time.
enum class Pace : uint8_t { kAtOnce, kLater, kUnsure };

struct Node {
    Op op = Op::kValue;
    unsigned arg = 0;
    int operands = 0;
    Node *operand[3] = {};
    Node *cleanup = nullptr;

    // What is known. Everything that is cancelled has a cause above it: the
    // frame itself, or, of a spawned one, that nobody may be left to join it
    // before the runtime ends.
    bool may_be_cancelled = false;
    bool may_stray = false;
    bool may_unwind = false; // by itself
    bool must_run = false;
    bool ends = true;    // by itself
    bool may_end = true; // so, or with its runtime
    Pace pace = Pace::kUnsure;
    bool is_known = false; // its value, where it returns one
    uint32_t value = 0;

    // What has happened, written by the one frame that runs it.
    int begun = 0;
    int cleaned = 0;
};

// A value that no node has.
const uint32_t PROGRAM_UNTOUCHED = 0x80000000u;

// How a node's value is made of that of an operand, or of something else.
inline uint32_t program_mix(uint32_t value, uint32_t with)
{
    return (value * 31 + with * 7 + 1) & 0x7fffffffu;
}

// What a timeout that expired adds, and a task that was cancelled.
enum { PROGRAM_CUT = 999 };

inline bool program_is_short(const Node &timeout)
{
    return timeout.arg % 4 < 3;
}

class Program
{
  public:
    explicit Program(FuzzInput *input);

    End end() const
    {
        return end_;
    }
    Node *root() const
    {
        return &nodes_[0];
    }
    // Forgets what has happened.
    void reset();
    // For when nothing of it runs any more: what began was cleaned up, once,
    // and what had to begin has begun.
    void check_counts() const;

  private:
    Node *parse(FuzzInput *input, int depth, bool must_end);

    std::unique_ptr<Node[]> nodes_;
    int count_ = 0;
    int reserved_ = 1; // nodes there are, or that have their place in a parent
    End end_ = End::kJoin;
};

#endif
