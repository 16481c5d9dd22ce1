#include "identity/cache_control.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

std::optional<int64_t> age_of(const std::vector<std::string_view>& values) {
  const auto age = parse_max_age(values);
  return age ? std::optional(age->count()) : std::nullopt;
}

TEST(MaxAge, IsReadFromAmongOtherDirectives) {
  EXPECT_EQ(age_of({"public, max-age=120, must-revalidate"}), 120);
  EXPECT_EQ(age_of({"Max-Age=\"120\""}), 120);
  EXPECT_EQ(age_of({"max-age=0"}), 0);
  EXPECT_EQ(age_of({"max-age=00060"}), 60);
}

TEST(MaxAge, IsZeroWhenNothingMayBeKept) {
  EXPECT_EQ(age_of({"no-store"}), 0);
  EXPECT_EQ(age_of({"max-age=120, no-cache"}), 0);
}

TEST(MaxAge, TakesTheSmallestOfContradictions) {
  EXPECT_EQ(age_of({"max-age=600", "max-age=60"}), 60);
}

TEST(MaxAge, IgnoresWhatIsMalformed) {
  EXPECT_EQ(age_of({}), std::nullopt);
  for (const char* value : {"", "max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=x",
                            "max-age=+5", "s-maxage=5", ",,,", "max-age=\""}) {
    EXPECT_EQ(age_of({value}), std::nullopt) << value;
  }
}

TEST(MaxAge, SaturatesAtHugeValues) {
  EXPECT_GT(age_of({"max-age=99999999999999999999"}), 24 * 3600);
}

}  // namespace
}  // namespace srasta::identity
