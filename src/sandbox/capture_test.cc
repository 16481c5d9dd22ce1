#include "sandbox/capture.h"

#include "sandbox/beneath.h"
#include "sandbox/scratch.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

using base::Code;

/// A tree as a run would leave it, without a run.
class CaptureTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/capture-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    directory_.reset(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    writer_.emplace(directory_.get(), std::nullopt);
  }

  void TearDown() override {
    EXPECT_TRUE(remove_content(directory_.get()).ok());
    EXPECT_EQ(::rmdir(root_.c_str()), 0) << "something was left";
  }

  std::string path(const std::string& name) { return root_ + "/" + name; }

  void put(const std::string& name, std::string_view bytes) {
    const base::Descriptor file(
        ::open(path(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    ASSERT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  base::Result<Captured> captured(const CaptureLimits& limits = {}) {
    return capture(directory_.get(), writer_->written(), limits);
  }

  std::string root_;
  base::Descriptor directory_;
  std::optional<TreeWriter> writer_;
};

TEST_F(CaptureTest, FindsNothingInATreeThatIsAsItWas) {
  ASSERT_TRUE(writer_->file("src/a/b.txt", "hello", false).ok());
  ASSERT_TRUE(writer_->file("run", "#!/bin/sh\n", true).ok());
  ASSERT_TRUE(writer_->folder("empty/folder").ok());

  const auto found = captured();

  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->changes.empty());
  EXPECT_TRUE(found->ignored.empty());
}

TEST_F(CaptureTest, FindsWhatWasAddedChangedAndRemoved) {
  for (const auto* name : {"a/removed", "changed", "mode", "same", "times"}) {
    ASSERT_TRUE(writer_->file(name, "12345", false).ok());
  }
  ASSERT_EQ(::unlink(path("a/removed").c_str()), 0);
  ASSERT_EQ(::rmdir(path("a").c_str()), 0);
  // As many bytes as before, and the times of before.
  struct stat before{};
  ASSERT_EQ(::stat(path("changed").c_str(), &before), 0);
  put("changed", "54321");
  const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("changed").c_str(), times.data(), 0), 0);
  ASSERT_EQ(::chmod(path("mode").c_str(), 0755), 0);
  put("times", "12345");
  put("added", "new");

  const auto found = captured();

  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->changes.size(), 4U);
  EXPECT_EQ(found->changes[0].path, "a/removed");
  EXPECT_EQ(found->changes[0].kind, Change::Kind::Removed);
  EXPECT_EQ(found->changes[1].path, "added");
  EXPECT_EQ(found->changes[1].kind, Change::Kind::Added);
  EXPECT_EQ(found->changes[1].bytes, "new");
  EXPECT_EQ(found->changes[2].path, "changed");
  EXPECT_EQ(found->changes[2].kind, Change::Kind::Changed);
  EXPECT_EQ(found->changes[2].bytes, "54321");
  EXPECT_EQ(found->changes[3].path, "mode");
  EXPECT_TRUE(found->changes[3].executable);
}

TEST_F(CaptureTest, LINK_011_TakesOnlyRegularFiles) {
  ASSERT_TRUE(writer_->file("was-a-file", "x", false).ok());
  ASSERT_EQ(::unlink(path("was-a-file").c_str()), 0);
  ASSERT_EQ(::symlink("/etc/shadow", path("was-a-file").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("..", path("folder-link").c_str()), 0);
  if (::geteuid() == 0) {
    ASSERT_EQ(::mknod(path("null").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  }
  ASSERT_EQ(::mknod(path("socket").c_str(), S_IFSOCK | 0600, 0), 0);

  const auto found = captured();

  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->changes.size(), 1U);
  EXPECT_EQ(found->changes[0].kind, Change::Kind::Removed);
  std::string ignored;
  for (const Ignored& each : found->ignored) {
    ignored += each.path + "=" + std::string(each.kind) + " ";
  }
  EXPECT_EQ(ignored, ::geteuid() == 0
                         ? "fifo=fifo folder-link=symlink null=device socket=socket "
                           "was-a-file=symlink "
                         : "fifo=fifo folder-link=symlink socket=socket was-a-file=symlink ");
}

TEST_F(CaptureTest, RefusesWhatIsOverALimitAndNeverShortensIt) {
  put("a", "12345");
  put("b", "12345");

  for (const CaptureLimits& limits :
       {CaptureLimits{.entries = 1}, CaptureLimits{.changes = 1}, CaptureLimits{.bytes = 9}}) {
    const auto found = captured(limits);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::TooLarge);
  }
  EXPECT_TRUE(captured({.entries = 2, .changes = 2, .bytes = 10}).ok());
}

TEST_F(CaptureTest, RefusesAFileThatOnlySeemsLarge) {
  put("sparse", "");
  ASSERT_EQ(::truncate(path("sparse").c_str(), 1LL << 40), 0);

  const auto found = captured();

  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::TooLarge);
}

TEST_F(CaptureTest, ReadsWhatItsOwnerClosed) {
  ASSERT_EQ(::mkdir(path("closed").c_str(), 0700), 0);
  put("closed/file", "inside");
  ASSERT_EQ(::chmod(path("closed/file").c_str(), 0), 0);
  ASSERT_EQ(::chmod(path("closed").c_str(), 0), 0);

  const auto found = captured();

  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->changes.size(), 1U);
  EXPECT_EQ(found->changes[0].bytes, "inside");
}

TEST_F(CaptureTest, IgnoresNamesThatNoTreeHas) {
  std::string deep = root_;
  for (int depth = 0; depth < 70; ++depth) {
    deep += "/d";
    ASSERT_EQ(::mkdir(deep.c_str(), 0700), 0);
  }

  const auto found = captured();

  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->ignored.size(), 1U);
  EXPECT_EQ(found->ignored[0].kind, "name");
}

TEST_F(CaptureTest, WritesOnlyPlainPathsAndNothingTwice) {
  for (const auto* name : {"", "/etc/x", "a//b", "./a", "a/..", "../a", "a/", "a/./b"}) {
    const auto written = writer_->file(name, "x", false);
    ASSERT_FALSE(written.ok()) << name;
    EXPECT_EQ(written.error().code, Code::Invalid);
  }
  EXPECT_FALSE(writer_->file(std::string(1025, 'a'), "x", false).ok());
  EXPECT_FALSE(writer_->file(std::string_view("a\0b", 3), "x", false).ok());
  ASSERT_TRUE(writer_->file("a", "x", false).ok());
  EXPECT_FALSE(writer_->file("a", "y", false).ok());
  EXPECT_FALSE(writer_->file("a/b", "y", false).ok());
  EXPECT_EQ(writer_->written().size(), 1U);
}

TEST_F(CaptureTest, FollowsNoLinkWhileItWrites) {
  ASSERT_EQ(::symlink("/", path("link").c_str()), 0);

  EXPECT_FALSE(writer_->file("link", "x", false).ok());
  EXPECT_FALSE(writer_->file("link/x", "x", false).ok());
}

TEST_F(CaptureTest, RemovesDeepTreesAndOddModesAndFollowsNoLink) {
  ASSERT_EQ(::mkdir(path("outside").c_str(), 0700), 0);
  put("outside/kept", "x");
  ASSERT_EQ(::mkdir(path("run").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("../outside", path("run/link").c_str()), 0);
  int at = ::open(path("run").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  constexpr int kDeeperThanAnyPath = 3'000;
  for (int depth = 0; depth < kDeeperThanAnyPath; ++depth) {
    ASSERT_EQ(::mkdirat(at, "d", 0700), 0);
    const int below = ::openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(below, 0);
    ::close(::openat(below, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0));
    if (depth % 100 == 0) ::fchmod(at, 0);
    ::close(at);
    at = below;
  }
  ::close(at);
  const base::Descriptor run(::open(path("run").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const base::Descriptor above(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::chmod(path("run").c_str(), 0700), 0);

  ASSERT_TRUE(remove_content(run.get()).ok());

  EXPECT_TRUE(std::filesystem::is_empty(path("run")));
  EXPECT_TRUE(std::filesystem::exists(path("outside/kept")));
}

TEST_F(CaptureTest, ScratchFoldersGoWithTheirOwnersAndStaleOnesWithTheNextStart) {
  const std::string stale = path("run-stale");
  ASSERT_EQ(::mkdir(stale.c_str(), 0700), 0);
  put("run-stale/file", "x");
  {
    auto scratch = Scratch::make(root_, std::nullopt);
    ASSERT_TRUE(scratch.ok());
    ASSERT_TRUE(scratch->folder("workspace").ok());

    ASSERT_TRUE(Scratch::remove_stale(root_).ok());

    EXPECT_FALSE(std::filesystem::exists(stale));
    EXPECT_TRUE(std::filesystem::exists(scratch->path() + "/workspace"));
    struct stat status{};
    ASSERT_EQ(::stat(scratch->path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(root_));
}

}  // namespace
}  // namespace srasta::sandbox
