/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/linux/cgroup.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>

#include "nanorun/sys/memory.h"

namespace
{

using Files = std::map<std::string, std::string>;

const char GROUP[] = "/proc/self/cgroup";
const char MOUNTS[] = "/proc/self/mountinfo";
const char V2_MOUNT[] =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
const char V1_MOUNT[] =
    "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw shared:1 master:2 - cgroup cgroup "
    "rw,cpu,cpuacct\n";

char *ReadFake(void *context, const char *path)
{
    const Files &files = *static_cast<Files *>(context);
    auto file = files.find(path);

    if (file == files.end())
        return nullptr;
    char *text = static_cast<char *>(nr_sys_alloc(file->second.size() + 1));
    if (text != nullptr)
        memcpy(text, file->second.c_str(), file->second.size() + 1);
    return text;
}

unsigned Cpus(Files files)
{
    uint64_t before = nr_sys_alloc_live();
    unsigned cpus = nr_sys_cgroup_cpus(ReadFake, &files);

    EXPECT_EQ(nr_sys_alloc_live(), before);
    return cpus;
}

// The limit of one group of version 2 with this cpu.max.
unsigned CpusOfMax(const char *text)
{
    return Cpus({{GROUP, "0::/a\n"},
                 {MOUNTS, V2_MOUNT},
                 {"/sys/fs/cgroup/a/cpu.max", text}});
}

unsigned CpusOfQuota(const char *quota, const char *period)
{
    return Cpus({{GROUP, "3:cpuset:/b\n2:cpu,cpuacct:/a\n0::/c\n"},
                 {MOUNTS, V1_MOUNT},
                 {"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", quota},
                 {"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", period}});
}

TEST(Cgroup, V2QuotaIsRoundedUp)
{
    EXPECT_EQ(CpusOfMax("200000 100000\n"), 2u);
    EXPECT_EQ(CpusOfMax("200001 100000\n"), 3u);
    EXPECT_EQ(CpusOfMax("150000 100000\n"), 2u);
    EXPECT_EQ(CpusOfMax("1000 100000\n"), 1u);
    EXPECT_EQ(CpusOfMax("50000 20000"), 3u);
}

TEST(Cgroup, V2MaxIsNoLimit)
{
    EXPECT_EQ(CpusOfMax("max 100000\n"), 0u);
    EXPECT_EQ(CpusOfMax("max\n"), 0u);
}

TEST(Cgroup, V1QuotaIsRoundedUp)
{
    EXPECT_EQ(CpusOfQuota("200000\n", "100000\n"), 2u);
    EXPECT_EQ(CpusOfQuota("250000\n", "100000\n"), 3u);
    EXPECT_EQ(CpusOfQuota("1000\n", "100000\n"), 1u);
}

TEST(Cgroup, V1MinusOneIsNoLimit)
{
    EXPECT_EQ(CpusOfQuota("-1\n", "100000\n"), 0u);
}

TEST(Cgroup, MalformedQuotasAreNoLimit)
{
    for (const char *text :
         {"", "\n", " ", "100000", "100000 ", "100000 0", "0 100000", "x 1",
          "1 x", "-5 100000", "99999999999999999999999 1",
          "1 99999999999999999999999", "18446744073709551615 1"})
        EXPECT_EQ(CpusOfMax(text), 0u) << text;
    EXPECT_EQ(CpusOfQuota("", "100000"), 0u);
    EXPECT_EQ(CpusOfQuota("100000", ""), 0u);
    EXPECT_EQ(CpusOfQuota("100000", "0"), 0u);
    EXPECT_EQ(CpusOfMax(std::string(5000, '7').c_str()), 0u);
}

TEST(Cgroup, TheLeastOfTheNestedGroupsCounts)
{
    Files files = {{GROUP, "0::/a/b/c\n"}, {MOUNTS, V2_MOUNT}};

    files["/sys/fs/cgroup/a/b/c/cpu.max"] = "800000 100000\n";
    EXPECT_EQ(Cpus(files), 8u);
    files["/sys/fs/cgroup/a/b/cpu.max"] = "max 100000\n";
    EXPECT_EQ(Cpus(files), 8u);
    files["/sys/fs/cgroup/a/cpu.max"] = "300000 100000\n";
    EXPECT_EQ(Cpus(files), 3u);
    files["/sys/fs/cgroup/cpu.max"] = "400000 100000\n";
    EXPECT_EQ(Cpus(files), 3u);
    files["/sys/fs/cgroup/cpu.max"] = "200000 100000\n";
    EXPECT_EQ(Cpus(files), 2u);
    files["/sys/fs/cpu.max"] = "100000 100000\n";
    EXPECT_EQ(Cpus(files), 2u);
}

TEST(Cgroup, TheRootGroupIsTheMountPoint)
{
    EXPECT_EQ(Cpus({{GROUP, "0::/\n"},
                    {MOUNTS, V2_MOUNT},
                    {"/sys/fs/cgroup/cpu.max", "500000 100000\n"}}),
              5u);
}

TEST(Cgroup, AContainersMountHidesThePathToItsGroup)
{
    Files files = {{GROUP, "0::/docker/1a2b/app\n"},
                   {"/sys/fs/cgroup/app/cpu.max", "600000 100000\n"},
                   {"/sys/fs/cgroup/cpu.max", "400000 100000\n"}};

    files[MOUNTS] =
        "31 23 0:28 /docker/1a2b /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    EXPECT_EQ(Cpus(files), 4u);
    files[GROUP] = "0::/docker/1a2b\n";
    EXPECT_EQ(Cpus(files), 4u);
    files.erase("/sys/fs/cgroup/cpu.max");
    files[GROUP] = "0::/docker/1a2b/app\n";
    EXPECT_EQ(Cpus(files), 6u);
}

TEST(Cgroup, AGroupOutsideTheMountIsSeenAtItsPoint)
{
    Files files = {{MOUNTS, "31 23 0:28 /docker/1a2b /sys/fs/cgroup rw - "
                            "cgroup2 cgroup2 rw\n"},
                   {"/sys/fs/cgroup/cpu.max", "400000 100000\n"},
                   {"/sys/fs/cgroup/x/cpu.max", "100000 100000\n"},
                   {"/sys/fs/cgroup/../x/cpu.max", "100000 100000\n"},
                   {"/sys/fs/cgroup/..x/cpu.max", "200000 100000\n"}};

    for (const char *group :
         {"0::/other\n", "0::/docker/1a2bx\n", "0::/docker/1a2b/../x\n"}) {
        files[GROUP] = group;
        EXPECT_EQ(Cpus(files), 4u) << group;
    }
    files[GROUP] = "0::/docker/1a2b/..x\n";
    EXPECT_EQ(Cpus(files), 2u);
}

TEST(Cgroup, BothVersionsAtOnceGiveTheLeast)
{
    Files files = {{GROUP, "1:cpu:/one\n0::/two\n"},
                   {"/v1/one/cpu.cfs_quota_us", "300000\n"},
                   {"/v1/one/cpu.cfs_period_us", "100000\n"},
                   {"/v2/two/cpu.max", "200000 100000\n"}};

    files[MOUNTS] = "1 2 0:1 / /v1 rw - cgroup cgroup rw,cpu\n"
                    "3 4 0:2 / /v2 rw - cgroup2 none rw\n";
    EXPECT_EQ(Cpus(files), 2u);
    files["/v2/two/cpu.max"] = "max 100000\n";
    EXPECT_EQ(Cpus(files), 3u);
}

TEST(Cgroup, BlanksInPathsAreRead)
{
    EXPECT_EQ(Cpus({{GROUP, "0::/my group\n"},
                    {MOUNTS, "1 2 0:1 / /c\\040g\\134x rw - cgroup2 none rw\n"},
                    {"/c g\\x/my group/cpu.max", "200000 100000\n"}}),
              2u);
}

TEST(Cgroup, ColonsInTheGroupsNameAreItsOwn)
{
    EXPECT_EQ(Cpus({{GROUP, "0::/a:b\n"},
                    {MOUNTS, V2_MOUNT},
                    {"/sys/fs/cgroup/a:b/cpu.max", "200000 100000\n"}}),
              2u);
}

TEST(Cgroup, MalformedListsAreNoLimit)
{
    const Files limits = {{"/sys/fs/cgroup/cpu.max", "100000 100000\n"},
                          {"/sys/fs/cgroup/a/cpu.max", "100000 100000\n"}};

    for (const char *group : {"", "\n\n", "0", "0:", "0::", "0::a\n",
                              ":::", "cpu", "1:cpux:/a\n"}) {
        Files files = limits;
        files[GROUP] = group;
        files[MOUNTS] = V2_MOUNT;
        EXPECT_EQ(Cpus(files), 0u) << group;
    }
    for (const char *mounts :
         {"", "\n", "1 2 3", "1 2 3 / /sys/fs/cgroup rw -\n",
          "1 2 3 / /sys/fs/cgroup rw cgroup2 cgroup2 rw\n",
          "1 2 3 / /sys/fs/cgroup rw - cgroup2 none\n",
          "1 2 3 / /sys/fs/cgroup rw - cgroup cgroup rw,cpuset\n"}) {
        Files files = limits;
        files[GROUP] = "1:cpu:/a\n0::/a\n";
        files[MOUNTS] = mounts;
        EXPECT_EQ(Cpus(files), 0u) << mounts;
    }
}

TEST(Cgroup, MissingFilesAreNoLimit)
{
    EXPECT_EQ(Cpus({}), 0u);
    EXPECT_EQ(Cpus({{GROUP, "0::/a\n"}}), 0u);
    EXPECT_EQ(Cpus({{MOUNTS, V2_MOUNT}}), 0u);
    EXPECT_EQ(Cpus({{GROUP, "0::/a\n"}, {MOUNTS, V2_MOUNT}}), 0u);
}

TEST(Cgroup, PathsTooLongAreNoLimit)
{
    EXPECT_EQ(Cpus({{GROUP, "0::/" + std::string(9000, 'a') + "\n"},
                    {MOUNTS, V2_MOUNT},
                    {"/sys/fs/cgroup/cpu.max", "100000 100000\n"}}),
              0u);
}

} // namespace
