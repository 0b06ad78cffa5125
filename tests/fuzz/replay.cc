// SPDX-License-Identifier: MIT

// A fuzz target as a test: the files named by its arguments, then --random=N
// inputs, every other one a file that was damaged. They are the same in every
// run and everywhere, so a failure can be run again.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nanorun/sys/memory.h"
#include "tests/fuzz/fuzz.h"

#if NR_SYS_MEMORY_CHECKED
#include <sanitizer/common_interface_defs.h>
#endif

namespace
{

typedef std::vector<uint8_t> Bytes;

enum { SIZE_OF_RANDOM = 200, CHANGES = 8 };

std::vector<std::string> files;
unsigned random_inputs;

// What runs, for print_current.
std::string current_name;
Bytes current;

void print_current()
{
    fprintf(stderr, "the input, %s, by xxd -r -p:\n", current_name.c_str());
    for (uint8_t byte : current)
        fprintf(stderr, "%02x", byte);
    fprintf(stderr, "\n");
}

void on_abort(int)
{
    print_current();
}

void run(const std::string &name, const Bytes &bytes)
{
    current_name = name;
    current = bytes;
    // A block of its own, that a sanitizer sees the end of.
    std::vector<uint8_t> exact(bytes);
    exact.shrink_to_fit();
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

Bytes read(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in.is_open()) << path;
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

// Of std's generators only the engines give the same everywhere.
class Random
{
  public:
    size_t below(size_t n)
    {
        return engine_() % n;
    }
    Bytes bytes(size_t size)
    {
        Bytes out(size);
        for (uint8_t &byte : out)
            byte = (uint8_t)below(256);
        return out;
    }
    // One byte changed, one or some taken out, some put in or repeated.
    void damage(Bytes *b)
    {
        size_t from = below(b->size() + 1), to = from + below(16);
        auto at = [&](size_t i) {
            return b->begin() + (std::ptrdiff_t)std::min(i, b->size());
        };
        Bytes part(at(from), at(to));
        size_t how = below(4);
        if (how == 0 && from < b->size())
            (*b)[from] = (uint8_t)((*b)[from] ^ 1u << below(8));
        else if (how == 1)
            b->erase(at(from), at(from + 1 + below(4)));
        else if (how == 2)
            part = bytes(1 + below(3));
        if (how >= 2)
            b->insert(at(below(b->size() + 1)), part.begin(), part.end());
    }

  private:
    std::mt19937 engine_{1};
};

TEST(Replay, EveryInputOfTheCorpusHolds)
{
    ASSERT_FALSE(files.empty());
    for (const std::string &file : files)
        run(file, read(file));
}

TEST(Replay, RandomAndDamagedInputsHold)
{
    Random random;
    std::vector<Bytes> kept;
    for (const std::string &file : files)
        kept.push_back(read(file));
    for (unsigned i = 0; i < random_inputs; i++) {
        Bytes bytes;
        if (i % 2 == 0) {
            bytes = random.bytes(random.below(SIZE_OF_RANDOM));
        } else {
            bytes = kept[random.below(kept.size())];
            for (size_t n = 1 + random.below(CHANGES); n; n--)
                random.damage(&bytes);
        }
        run("random " + std::to_string(i), bytes);
    }
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--random=", 9) == 0)
            random_inputs = (unsigned)atoi(argv[i] + 9);
        else
            files.push_back(argv[i]);
    }
    signal(SIGABRT, on_abort);
#if NR_SYS_MEMORY_CHECKED
    __sanitizer_set_death_callback(print_current);
#endif
    return RUN_ALL_TESTS();
}
