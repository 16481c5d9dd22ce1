#include "base/file.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

class PosixFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "srasta-file-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }

  PosixFileSystem files_;
  std::string folder_;
};

TEST_F(PosixFiles, AppendsAndReadsBack) {
  auto file = files_.open(folder_ + "/a", OpenMode::CreateNew);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->append("hello ").ok());
  ASSERT_TRUE((*file)->append("world").ok());
  ASSERT_TRUE((*file)->sync().ok());

  EXPECT_EQ(*read_file(files_, folder_ + "/a", 100), "hello world");
  EXPECT_EQ(read_file(files_, folder_ + "/a", 5).error().code, Code::TooLarge);
}

TEST_F(PosixFiles, GivesARangeUpToTheEndOfTheFile) {
  ASSERT_TRUE(write_file_atomic(files_, folder_ + "/a", "0123456789").ok());
  auto file = *files_.open(folder_ + "/a", OpenMode::Read);
  EXPECT_EQ(*read_range(*file, 2, 3), "234");
  EXPECT_EQ(*read_range(*file, 8, 3), "89");
  EXPECT_EQ(*read_range(*file, 10, 1), "");
}

TEST_F(PosixFiles, NamesWhatIsMissing) {
  const auto missing = files_.open(folder_ + "/none", OpenMode::Read);

  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::NotFound);
  EXPECT_NE(missing.error().message.find("/none"), std::string::npos);
}

TEST_F(PosixFiles, RefusesASecondLockEvenInOneProcess) {
  auto first = files_.open(folder_ + "/LOCK", OpenMode::ReadWrite);
  auto second = files_.open(folder_ + "/LOCK", OpenMode::ReadWrite);
  ASSERT_TRUE((*first)->lock().ok());

  EXPECT_EQ((*second)->lock().error().code, Code::Conflict);

  first->reset();
  EXPECT_TRUE((*second)->lock().ok());
}

TEST_F(PosixFiles, ReplacesAtomicallyOverAnAbandonedDraft) {
  ASSERT_TRUE(write_file_atomic(files_, folder_ + "/c", "one").ok());
  ASSERT_TRUE(files_.open(folder_ + "/c.new", OpenMode::CreateNew).ok());

  ASSERT_TRUE(write_file_atomic(files_, folder_ + "/c", "two").ok());

  EXPECT_EQ(*read_file(files_, folder_ + "/c", 100), "two");
  EXPECT_EQ(*files_.list(folder_), std::vector<std::string>{"c"});
}

TEST_F(PosixFiles, SeesAPathThatWasReplaced) {
  auto file = files_.open(folder_ + "/seg", OpenMode::CreateNew);
  const uint64_t inode = (*file)->identity()->inode;
  ASSERT_TRUE(files_.rename(folder_ + "/seg", folder_ + "/gone").ok());
  ASSERT_TRUE(write_file_atomic(files_, folder_ + "/seg", "other").ok());

  EXPECT_NE(files_.identity(folder_ + "/seg")->inode, inode);
}

}  // namespace
}  // namespace srasta::base
