#include "base/file.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
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

/// No file of this process may be larger while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : action_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const struct rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, action_);
  }

 private:
  struct rlimit before_{};
  void (*action_)(int);
};

TEST_F(PosixFiles, SaysThatAWriteWasCutShortAndLeavesWhatWasWritten) {
  auto file = *files_.open(folder_ + "/a", OpenMode::CreateNew);
  ASSERT_TRUE(file->append("0123").ok());
  for (rlim_t limit = 5; limit < 8; ++limit) {
    ASSERT_TRUE(file->truncate(4).ok());
    {
      const FileSizeLimit smaller(limit);
      const auto cut = file->append("4567");
      ASSERT_FALSE(cut.ok());
      EXPECT_NE(cut.error().message.find("write " + folder_ + "/a"), std::string::npos);
    }
    EXPECT_EQ(*read_file(files_, folder_ + "/a", 100), std::string("01234567").substr(0, limit));
  }
  ASSERT_TRUE(file->truncate(4).ok());
  ASSERT_TRUE(file->append("4567").ok());
  EXPECT_EQ(*read_file(files_, folder_ + "/a", 100), "01234567");
}

std::atomic<int> interruptions = 0;

/// SIGUSR1 interrupts system calls of this process while it lives.
class Interruptions {
 public:
  Interruptions() {
    interruptions = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { ++interruptions; };  // without SA_RESTART
    ::sigaction(SIGUSR1, &action, &before_);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  ~Interruptions() { ::sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

/// Whether the thread comes to wait in a system call within ten seconds.
bool falls_asleep(pid_t thread) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    std::string line;
    std::getline(std::ifstream("/proc/self/task/" + std::to_string(thread) + "/stat"), line);
    if (line.find(") S ") != std::string::npos) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_F(PosixFiles, WritesAllOfItHoweverOftenItIsInterrupted) {
  const std::string path = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto file = *files_.open(path, OpenMode::ReadWrite);
  const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  std::string sent;
  for (uint32_t i = 0; sent.size() < 400'000; ++i) sent += std::to_string(i) + ",";
  const Interruptions counted;

  std::atomic<pid_t> writing = 0;
  bool written = false;
  std::thread writer([&] {
    writing = ::gettid();
    written = file->append(sent).ok();
  });
  // A full pipe: the first signal finds part of it written, the second nothing.
  std::string received;
  std::string block(50'000, '\0');
  while (received.size() < sent.size()) {
    for (int signals = 0; signals < 2 && sent.size() - received.size() > 100'000; ++signals) {
      while (writing == 0) std::this_thread::yield();
      ASSERT_TRUE(falls_asleep(writing));
      const int before = interruptions;
      ::pthread_kill(writer.native_handle(), SIGUSR1);
      while (interruptions == before) std::this_thread::yield();
    }
    const ssize_t got = ::read(reader, block.data(), block.size());
    ASSERT_GT(got, 0);
    received.append(block, 0, static_cast<size_t>(got));
  }
  writer.join();
  ::close(reader);

  EXPECT_TRUE(written);
  EXPECT_EQ(received, sent);
  EXPECT_GE(interruptions, 10);
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
