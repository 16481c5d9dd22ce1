// A second writer on a real file system: another description of the lock, and a child that has
// inherited all descriptors of the first.
#include "audit/installation_test.h"
#include "base/host_name.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class SecondWriter : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "srasta-writers-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    settings_ = brisk_settings();
    settings_.folder = folder + "/audit";
    settings_.must_wait = base::Millis(10'000);
    auto opened = open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    first_ = *std::move(opened);
    ASSERT_EQ(Installation::append_durably(*first_, 3), 3U);
  }

  base::Result<std::unique_ptr<Ledger>> open() {
    return Ledger::open(files_, clock_, entropy_, settings_);
  }
  [[nodiscard]] std::string lock_path() const { return settings_.folder + "/gateway/LOCK"; }
  [[nodiscard]] std::string segment_path() const {
    return settings_.folder + "/gateway/seg/" + std::string(20, '0') + ".jsonl";
  }

  base::PosixFileSystem files_;
  testing::ManualClock clock_;
  testing::SeededEntropy entropy_{7};
  LedgerSettings settings_;
  std::unique_ptr<Ledger> first_;
};

/// Forks a child that does `act`, with system calls only, and lives until the object is gone.
class Child {
 public:
  template <typename Act>
  explicit Child(Act act) {
    EXPECT_EQ(::pipe2(done_, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(end_, O_CLOEXEC), 0);
    id_ = ::fork();
    if (id_ != 0) return;
    ::close(end_[1]);
    char result = act() ? '1' : '0';
    if (::write(done_[1], &result, 1) != 1) ::_exit(1);
    ::_exit(::read(end_[0], &result, 1) == 0 ? 0 : 1);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  /// What `act` returned.
  bool result() {
    char result = '0';
    return ::read(done_[0], &result, 1) == 1 && result == '1';
  }
  void end() {
    if (id_ <= 0) return;
    for (const int descriptor : {end_[1], end_[0], done_[0], done_[1]}) ::close(descriptor);
    ::waitpid(std::exchange(id_, 0), nullptr, 0);
  }

 private:
  pid_t id_ = 0;
  int done_[2]{};
  int end_[2]{};
};

/// The descriptor of this process that has the file open, or -1.
int descriptor_of(const std::string& path) {
  for (int descriptor = 3; descriptor < 256; ++descriptor) {
    std::string target(4096, '\0');
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
    if (size > 0 && target.substr(0, static_cast<size_t>(size)) == path) return descriptor;
  }
  return -1;
}

TEST_F(SecondWriter, OfTheSameProcessIsRefusedAndTheFirstGoesOn) {
  const auto second = open();

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::Code::Conflict);
  const std::string note = *base::read_file(files_, lock_path(), 512);
  const std::string host = base::host_name();
  EXPECT_EQ(second.error().message,
            lock_path() + " is locked by another process; its note names process " +
                std::to_string(::getpid()) + " of host " + (host.empty() ? "-" : host) +
                ", since " + base::format_utc(clock_.wall()))
      << note;
  EXPECT_EQ(Installation::append_durably(*first_, 1), 1U);
}

TEST_F(SecondWriter, InAForkedChildDoesNotGetTheLockThroughADescriptionOfItsOwn) {
  const std::string path = lock_path();
  Child child([&path] {
    struct flock request{};
    request.l_type = F_WRLCK;
    request.l_whence = SEEK_SET;
    const int own = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    return own >= 0 && ::fcntl(own, F_OFD_SETLK, &request) != 0 && errno == EAGAIN;
  });

  EXPECT_TRUE(child.result());
  EXPECT_EQ(Installation::append_durably(*first_, 1), 1U);
}

TEST_F(SecondWriter, IsRefusedWhileAChildHoldsTheDescriptorsOfTheFirst) {
  Child child([] { return true; });
  ASSERT_TRUE(child.result());
  first_.reset();

  EXPECT_EQ(open().error().code, base::Code::Conflict);

  child.end();
  const auto again = open();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(verify_ledger(files_, settings_.folder).intact());
}

TEST_F(SecondWriter, ThatWritesThroughAnInheritedDescriptorPoisonsTheFirst) {
  const int inherited = descriptor_of(segment_path());
  ASSERT_GE(inherited, 0);
  Child child([inherited] { return ::write(inherited, "{\"act\":\n", 8) == 8; });
  ASSERT_TRUE(child.result());

  EXPECT_EQ(Installation::append_durably(*first_, 1), 0U);
  EXPECT_FALSE(first_->healthy());
  EXPECT_EQ(first_->last_fault(),
            segment_path() + " was replaced, removed, linked or resized by somebody else");
  EXPECT_EQ(first_->close().error().code, base::Code::Corrupt);
}

TEST_F(SecondWriter, ThatIsStartedAfterTheLockFileWasRemovedPoisonsTheFirst) {
  ASSERT_TRUE(files_.remove(lock_path()).ok());
  auto second = open();

  EXPECT_EQ(Installation::append_durably(*first_, 1), 0U);
  EXPECT_EQ(first_->last_fault(), lock_path() + " was replaced or removed");
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(Installation::append_durably(**second, 1), 1U);
  second->reset();
  EXPECT_TRUE(verify_ledger(files_, settings_.folder).intact());
}

}  // namespace
}  // namespace srasta::audit
