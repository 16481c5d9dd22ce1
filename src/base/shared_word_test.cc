#include "base/shared_word.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

class SharedWordTest : public testing::Test {
 protected:
  SharedWordTest() { std::filesystem::create_directories(folder_); }
  ~SharedWordTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ = testing::TempDir() + "shared_word_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(SharedWordTest, SharesAWordBetweenWriterAndReaders) {
  const std::string path = folder_ + "/word";
  EXPECT_EQ(SharedWord::open(path).error().code, Code::NotFound);
  const auto writer = SharedWord::create(path);
  ASSERT_TRUE(writer.ok());
  const auto reader = SharedWord::open(path);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->load(), 0U);

  (*writer)->store(uint64_t{1} << 40);

  EXPECT_EQ((*reader)->load(), uint64_t{1} << 40);
  EXPECT_EQ((*SharedWord::create(path))->load(), uint64_t{1} << 40) << "a value stays";
  std::ofstream(folder_ + "/short") << "1234";
  EXPECT_EQ(SharedWord::open(folder_ + "/short").error().code, Code::Corrupt);
}

TEST_F(SharedWordTest, NoticesThatItsFileWasReplaced) {
  const std::string path = folder_ + "/word";
  const auto writer = *SharedWord::create(path);
  EXPECT_FALSE(writer->replaced());
  std::filesystem::remove(path);
  EXPECT_TRUE(writer->replaced());
  const auto second = *SharedWord::create(path);
  EXPECT_TRUE(writer->replaced());
  EXPECT_FALSE(second->replaced());
}

}  // namespace
}  // namespace srasta::base
