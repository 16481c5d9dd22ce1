#include "tlog/entry_bundle.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using std::string_literals::operator""s;

TEST(EntryBundle, PutsTheLengthBeforeEachEntry) {
  const std::string large(300, 'x');
  const std::vector<std::string_view> entries = {"", "a", large};

  const auto bytes = write_entries(entries);

  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, "\x00\x00\x00\x01\x61\x01\x2C"s + large);
  EXPECT_EQ(*parse_entries(*bytes, 3), entries);
}

TEST(EntryBundle, HoldsTheLargestEntry) {
  const std::string largest(kMostEntryBytes, 'x');
  const std::vector<std::string_view> entries(256, largest);

  EXPECT_EQ(*parse_entries(*write_entries(entries), 256), entries);
}

TEST(EntryBundle, RefusesTooMuchAndNothing) {
  const std::string too_large(kMostEntryBytes + 1, 'x');

  EXPECT_EQ(write_entries(std::vector<std::string_view>{too_large}).error().code,
            base::Code::TooLarge);
  EXPECT_FALSE(write_entries(std::vector<std::string_view>(257, "a")));
  EXPECT_FALSE(write_entries({}));
}

TEST(EntryBundle, RefusesAnyOtherWidthAndLength) {
  const std::string bytes = *write_entries(std::vector<std::string_view>{"ab", "", "cde"});

  EXPECT_FALSE(parse_entries(bytes, 0));
  EXPECT_FALSE(parse_entries(bytes, 2));
  EXPECT_FALSE(parse_entries(bytes, 4));
  EXPECT_FALSE(parse_entries(bytes, 257));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_entries(std::string_view(bytes).substr(0, size), 3).error().code,
              base::Code::Corrupt)
        << size;
  }
  EXPECT_FALSE(parse_entries(bytes + '\0', 3));
}

}  // namespace
}  // namespace srasta::tlog
