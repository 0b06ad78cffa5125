// SPDX-License-Identifier: MIT
#include <string>

#include <gtest/gtest.h>

#include "nanorun/version.h"

namespace
{

TEST(Version, TheVersionOfTheLibraryIsThatOfItsHeaders)
{
    EXPECT_STREQ(nr_version(), NR_VERSION);
}

TEST(Version, TheVersionIsItsThreeNumbersWithDotsBetween)
{
    EXPECT_EQ(std::to_string(NR_VERSION_MAJOR) + "." +
                  std::to_string(NR_VERSION_MINOR) + "." +
                  std::to_string(NR_VERSION_PATCH),
              NR_VERSION);
}

TEST(Version, TheVersionAsANumberHasThreeDigitsForEachOfTheLowerTwo)
{
    EXPECT_EQ(NR_VERSION_NUMBER / 1000000, NR_VERSION_MAJOR);
    EXPECT_EQ(NR_VERSION_NUMBER / 1000 % 1000, NR_VERSION_MINOR);
    EXPECT_EQ(NR_VERSION_NUMBER % 1000, NR_VERSION_PATCH);
#if NR_VERSION_NUMBER < 1000 // the preprocessor can read it
    FAIL() << "0.1.0 is the first version";
#endif
}

} // namespace
