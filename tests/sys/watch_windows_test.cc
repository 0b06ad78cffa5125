/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/watch.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "nanorun/sys/memory.h"
#include "tests/support/alloc_failure.h"

namespace
{

// A map for one scope, whose memory is given back.
struct Map {
    ~Map()
    {
        nr_watch_map_deinit(&map);
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }
    uint64_t live_before = nr_sys_alloc_live();
    nr_watch_map map = {};
};

TEST(WatchMap, AnEmptyWatchMapHasNothing)
{
    Map m;

    EXPECT_EQ(nr_watch_map_find(&m.map, 4), nullptr);
}

TEST(WatchMap, AWatchMapFindsWhatIsInItAndNothingElse)
{
    const int count = 3000;
    std::vector<nr_watch> watches(count);
    Map m;

    for (int i = 0; i < count; i++) {
        watches[i].socket = 4 * (i + 1);
        ASSERT_EQ(nr_watch_map_insert(&m.map, &watches[i]), 0);
    }
    for (int i = 0; i < count; i += 2)
        nr_watch_map_erase(&m.map, &watches[i]);
    EXPECT_EQ(m.map.count, size_t{count / 2});
    for (int i = 0; i < count; i++) {
        EXPECT_EQ(nr_watch_map_find(&m.map, watches[i].socket),
                  i % 2 ? &watches[i] : nullptr);
    }
    EXPECT_EQ(nr_watch_map_find(&m.map, 4 * (count + 1)), nullptr);
}

TEST(WatchMap, WithoutMemoryTheFirstWatchFailsAndTheOthersGoOn)
{
    const int count = 200;
    std::vector<nr_watch> watches(count);
    Map m;

    watches[0].socket = 4;
    {
        AllocFailure failure(0, AllocFailure::FROM_THERE_ON);
        EXPECT_EQ(nr_watch_map_insert(&m.map, &watches[0]), -ENOMEM);
    }
    AllocFailure failure(1, AllocFailure::FROM_THERE_ON);
    for (int i = 0; i < count; i++) {
        watches[i].socket = 4 * (i + 1);
        EXPECT_EQ(nr_watch_map_insert(&m.map, &watches[i]), 0);
    }
    for (auto &w : watches)
        EXPECT_EQ(nr_watch_map_find(&m.map, w.socket), &w);
}

} // namespace
