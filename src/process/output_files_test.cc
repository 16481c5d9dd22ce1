#include "process/output_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::process {
namespace {

std::string temporary_folder() {
  std::string path = testing::TempDir() + "srasta-output-XXXXXX";
  EXPECT_NE(::mkdtemp(path.data()), nullptr);
  return path;
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

void say(int descriptor, std::string_view text) {
  ASSERT_EQ(::write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(OutputFiles, HoldWhatEachProgramWrote) {
  const std::string folder = temporary_folder() + "/logs";
  {
    OutputFiles files({.folder = folder});
    const auto one = files.add("one");
    const auto two = files.add("two");
    ASSERT_TRUE(one.ok() && two.ok());
    files.begin();
    say(*one, "first\n");
    say(*two, "second\n");
    say(*one, "third\n");
  }
  EXPECT_EQ(content(folder + "/one.log"), "first\nthird\n");
  EXPECT_EQ(content(folder + "/two.log"), "second\n");
  EXPECT_EQ(mode_of(folder), 0700U);
  EXPECT_EQ(mode_of(folder + "/one.log"), 0600U);
}

TEST(OutputFiles, GoOnBehindWhatIsThereAndKeepAFewOfOneSize) {
  const std::string folder = temporary_folder();
  std::ofstream(folder + "/one.log") << "before";
  for (const char* text : {"aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"}) {
    OutputFiles files({.folder = folder, .most_bytes = 10, .kept = 3});
    const auto one = files.add("one");
    ASSERT_TRUE(one.ok());
    files.begin();
    say(*one, text);
  }
  EXPECT_EQ(content(folder + "/one.log"), "dddddddd");
  EXPECT_EQ(content(folder + "/one.log.1"), "cccccccc");
  EXPECT_EQ(content(folder + "/one.log.2"), "bbbbbbbb");
  EXPECT_FALSE(std::filesystem::exists(folder + "/one.log.3"));
}

TEST(OutputFiles, WriteThroughNoLinkAndKeepNoProgramWaiting) {
  const std::string folder = temporary_folder();
  const std::string target = temporary_folder() + "/target";
  std::filesystem::create_symlink(target, folder + "/one.log");
  const std::string block(64 * 1024, 'x');
  {
    OutputFiles files({.folder = folder});
    const auto one = files.add("one");
    ASSERT_TRUE(one.ok());
    files.begin();
    // More than a pipe holds.
    for (int i = 0; i < 8; ++i) say(*one, block);
  }
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST(OutputFiles, EndThoughSomebodyStillHoldsAPipe) {
  const std::string folder = temporary_folder();
  int held = -1;
  {
    OutputFiles files({.folder = folder});
    const auto one = files.add("one");
    ASSERT_TRUE(one.ok());
    held = ::dup(*one);
    files.begin();
    say(held, "last");
  }
  ::close(held);
  EXPECT_EQ(content(folder + "/one.log"), "last");
}

}  // namespace
}  // namespace srasta::process
