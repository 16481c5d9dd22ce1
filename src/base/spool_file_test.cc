#include "base/spool_file.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

TEST(SpoolFile, GivesBackWhatWasWritten) {
  auto file = SpoolFile::create(::testing::TempDir());
  ASSERT_TRUE(file.ok());
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(file->append(piece).ok());
    all += piece;
  }
  SpoolFile moved = *std::move(file);
  EXPECT_EQ(moved.size(), all.size());
  EXPECT_EQ(*moved.view(), all);
  EXPECT_EQ(moved.view()->data(), moved.view()->data());
}

TEST(SpoolFile, HasNoName) {
  const std::string folder = ::testing::TempDir() + "/spool-test";
  std::filesystem::create_directory(folder);
  const auto file = SpoolFile::create(folder);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(SpoolFile, NeedsAFolder) {
  EXPECT_FALSE(SpoolFile::create("/nowhere/at/all").ok());
}

TEST(SpoolFile, MayBeEmpty) {
  auto file = SpoolFile::create(::testing::TempDir());
  EXPECT_EQ(*file->view(), "");
}

}  // namespace
}  // namespace srasta::base
