// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_FUZZ_FUZZ_H
#define NANORUN_TESTS_FUZZ_FUZZ_H

// What the fuzz targets share. A target is one source with one function that
// takes any bytes and stops the process where something does not hold. It is
// linked twice: with libFuzzer, which looks for such bytes, and with replay.cc,
// which makes an ordinary test of the inputs that are kept.

#include <cstddef>
#include <cstdint>

// The name is libFuzzer's. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Stops the process; libFuzzer keeps the input, the replay prints it. Threads:
// any.
[[noreturn]] void fuzz_fail(const char *what, const char *file, int line);

#define FUZZ_CHECK(condition) \
    ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

// Bytes to make decisions of; zeros behind the end, so that every input means
// something and a prefix means almost the same.
class FuzzInput
{
  public:
    FuzzInput(const uint8_t *data, size_t size) : data_(data), left_(size)
    {
    }
    bool is_over() const
    {
        return left_ == 0;
    }
    uint8_t next()
    {
        if (is_over())
            return 0;
        left_--;
        return *data_++;
    }

  private:
    const uint8_t *data_;
    size_t left_;
};

#endif
