// SPDX-License-Identifier: MIT
#include "bench/echo/histogram.h"

#include <memory>

#include "gtest/gtest.h"

namespace
{

TEST(Histogram, AnEmptyHistogramIsZero)
{
    auto h = std::make_unique<histogram>();
    EXPECT_EQ(histogram_at(h.get(), 0.5), 0u);
}

TEST(Histogram, ShortDurationsAreExact)
{
    auto h = std::make_unique<histogram>();
    for (uint64_t ns = 1; ns <= 200; ns++)
        histogram_add(h.get(), ns);
    EXPECT_EQ(histogram_at(h.get(), 0.5), 100u);
    EXPECT_EQ(histogram_at(h.get(), 0.99), 198u);
    EXPECT_EQ(histogram_at(h.get(), 0), 1u);
    EXPECT_EQ(histogram_at(h.get(), 1), 200u);
}

TEST(Histogram, AnyDurationIsWithinOnePercent)
{
    for (uint64_t ns = 1; ns < UINT64_MAX / 3; ns = ns * 3 + 1) {
        auto h = std::make_unique<histogram>();
        histogram_add(h.get(), ns);
        EXPECT_GE(histogram_at(h.get(), 0.5), ns);
        EXPECT_LE(histogram_at(h.get(), 0.5), ns + ns / 100);
    }
    auto h = std::make_unique<histogram>();
    histogram_add(h.get(), UINT64_MAX);
    EXPECT_EQ(histogram_at(h.get(), 0.5), UINT64_MAX);
}

TEST(Histogram, TheSlowFewAreToldFromTheManyFast)
{
    auto h = std::make_unique<histogram>();
    for (int i = 0; i < 990; i++)
        histogram_add(h.get(), 100);
    for (int i = 0; i < 10; i++)
        histogram_add(h.get(), 1000000);
    EXPECT_EQ(histogram_at(h.get(), 0.99), 100u);
    EXPECT_GE(histogram_at(h.get(), 0.999), 1000000u);
}

} // namespace
