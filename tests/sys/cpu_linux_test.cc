/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "nanorun/sys/linux/cgroup.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/support/alloc_failure.h"

namespace
{

class CpuLinux : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(sched_getaffinity(0, sizeof(before_), &before_), 0);
    }
    void TearDown() override
    {
        EXPECT_EQ(sched_setaffinity(0, sizeof(before_), &before_), 0);
    }
    cpu_set_t before_;
};

char *ReadFile(void *, const char *path)
{
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());

    if (!file)
        return nullptr;
    char *copy = static_cast<char *>(nr_sys_alloc(text.size() + 1));
    memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

TEST_F(CpuLinux, TheCountOfCpusIsTheAffinityMaskCutToTheQuota)
{
    unsigned quota = nr_sys_cgroup_cpus(ReadFile, nullptr);
    unsigned in_mask = static_cast<unsigned>(CPU_COUNT(&before_));

    EXPECT_EQ(nr_sys_cpu_count(),
              quota != 0 ? std::min(quota, in_mask) : in_mask);
}

TEST_F(CpuLinux, AMaskOfOneIsOneCpu)
{
    cpu_set_t one;
    int cpu = 0;

    while (!CPU_ISSET(cpu, &before_))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(nr_sys_cpu_count(), 1u);
}

TEST_F(CpuLinux, WithoutMemoryThereIsStillOneCpu)
{
    AllocFailure failure(0, AllocFailure::FROM_THERE_ON);
    EXPECT_EQ(nr_sys_cpu_count(), 1u);
}

TEST_F(CpuLinux, CountingCpusKeepsNoMemory)
{
    uint64_t before = nr_sys_alloc_live();

    (void)nr_sys_cpu_count();
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

} // namespace
