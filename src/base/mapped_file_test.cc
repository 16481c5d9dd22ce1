#include "base/mapped_file.h"

#include "base/file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest() { std::filesystem::create_directories(folder_); }
  ~MappedFileTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ = testing::TempDir() + "mapped_file_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(MappedFileTest, ShowsTheFileAsItWasWhenItIsReplaced) {
  PosixFileSystem files;
  const std::string path = folder_ + "/file";
  ASSERT_TRUE(write_file_atomic(files, path, "first").ok());
  const auto first = MappedFile::open(path, 100);
  ASSERT_TRUE(first.ok());

  ASSERT_TRUE(write_file_atomic(files, path, "second").ok());

  EXPECT_EQ((*first)->bytes(), "first");
  EXPECT_EQ((*MappedFile::open(path, 100))->bytes(), "second");
}

TEST_F(MappedFileTest, RefusesWhatIsNoFileOrTooLarge) {
  EXPECT_EQ(MappedFile::open(folder_ + "/none", 100).error().code, Code::NotFound);
  EXPECT_EQ(MappedFile::open(folder_, 1 << 20).error().code, Code::Invalid);
  std::ofstream(folder_ + "/large") << "12345";
  EXPECT_EQ(MappedFile::open(folder_ + "/large", 4).error().code, Code::TooLarge);
  std::ofstream(folder_ + "/empty").flush();
  EXPECT_EQ((*MappedFile::open(folder_ + "/empty", 4))->bytes(), "");
}

TEST_F(MappedFileTest, SharesAWordBetweenWriterAndReaders) {
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

}  // namespace
}  // namespace srasta::base
