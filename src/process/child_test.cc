#include "process/child.h"

#include "process/confine.h"
#include "process/sealed_memory.h"
#include "process/user.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::process {
namespace {

using base::Code;
using base::Millis;

constexpr Millis kSoon{10'000};
const std::string kHelper = SRASTA_PROCESS_TEST_CHILD;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }

  /// Everything until all writers are gone.
  std::string drain() {
    writing.reset();
    std::string text;
    std::array<char, 256> block{};
    for (ssize_t got = 1; got > 0;) {
      got = ::read(reading.get(), block.data(), block.size());
      if (got > 0) text.append(block.data(), static_cast<size_t>(got));
    }
    return text;
  }

  base::Descriptor reading;
  base::Descriptor writing;
};

ChildSpec helper(std::vector<std::string> arguments, std::vector<int> inherited = {}) {
  return {.program = kHelper,
          .arguments = std::move(arguments),
          .environment = {},
          .inherited = std::move(inherited),
          .user = {}};
}

/// What the helper writes to descriptor 3.
std::string output_of(ChildSpec spec) {
  Pipe pipe;
  spec.inherited.insert(spec.inherited.begin(), pipe.writing.get());
  auto child = Child::spawn(spec);
  EXPECT_TRUE(child.ok()) << child.error().message;
  if (!child) return {};
  std::string text = pipe.drain();
  EXPECT_TRUE(child->wait(kSoon)->value_or(Exit{}).clean());
  return text;
}

std::string temporary_folder() {
  std::string path = testing::TempDir() + "srasta-child-XXXXXX";
  EXPECT_NE(::mkdtemp(path.data()), nullptr);
  return path;
}

TEST(Child, WritesWhereItIsTold) {
  Pipe output;
  Pipe errors;
  auto child = Child::spawn({.program = "/bin/sh",
                             .arguments = {"-c", "echo hello; echo problem >&2"},
                             .environment = {},
                             .inherited = {},
                             .user = {},
                             .output = output.writing.get(),
                             .errors = errors.writing.get()});
  ASSERT_TRUE(child.ok()) << child.error().message;
  EXPECT_EQ(output.drain(), "hello\n");
  EXPECT_EQ(errors.drain(), "problem\n");
  EXPECT_TRUE(child->wait(kSoon)->value_or(Exit{}).clean());
}

TEST(Child, TellsHowItEnded) {
  auto child = Child::spawn(helper({"exit", "7"}));
  ASSERT_TRUE(child.ok());

  const auto exit = child->wait(kSoon);

  ASSERT_TRUE(exit.ok() && exit->has_value());
  EXPECT_EQ((*exit)->text(), "exited with status 7");
}

TEST(Child, GetsExactlyTheNamedEnvironment) {
  ChildSpec spec = helper({"environment"});
  spec.environment = {{"A", "1"}, {"B", "two words"}};

  EXPECT_EQ(output_of(spec), "A=1\nB=two words\n");
}

TEST(Child, InheritsOnlyTheNamedDescriptorsInOrder) {
  // Neither closed on exec nor named: it must not pass.
  const base::Descriptor leak(::open("/dev/null", O_RDONLY));
  Pipe other;

  EXPECT_EQ(output_of(helper({"descriptors"}, {other.reading.get(), other.writing.get()})),
            "0 1 2 3 4 5 ");
}

TEST(Child, NamesTheStepThatFailed) {
  ChildSpec spec = helper({});
  spec.program = "/nonexistent/program";

  const auto child = Child::spawn(spec);

  ASSERT_FALSE(child.ok());
  EXPECT_NE(child.error().message.find("start /nonexistent/program: exec: "), std::string::npos);
}

TEST(Child, WaitEndsAtItsLimit) {
  auto child = Child::spawn(helper({"serve"}));
  ASSERT_TRUE(child.ok());

  const auto exit = child->wait(Millis(1));

  ASSERT_TRUE(exit.ok());
  EXPECT_FALSE(exit->has_value());
}

TEST(Child, EndsWhenAskedAndWhenForced) {
  Pipe pipe;
  auto polite = Child::spawn(helper({"report-and-serve"}, {pipe.writing.get()}));
  ASSERT_TRUE(polite.ok());
  std::array<char, 16> block{};
  ASSERT_GT(::read(pipe.reading.get(), block.data(), block.size()), 0);
  polite->terminate();
  EXPECT_TRUE(polite->wait(kSoon)->value_or(Exit{}).clean());

  auto stubborn = Child::spawn(helper({"ignore-sigterm"}));
  ASSERT_TRUE(stubborn.ok());
  stubborn->kill();
  EXPECT_EQ(stubborn->wait(kSoon)->value_or(Exit{}).signal, SIGKILL);
}

TEST(Child, IsKilledWithItsOwner) {
  pid_t pid = 0;
  {
    auto child = Child::spawn(helper({"ignore-sigterm"}));
    ASSERT_TRUE(child.ok());
    pid = child->pid();
  }

  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Child, SwitchesUserOrDoesNotStart) {
  const auto nobody = find_user("nobody");
  ASSERT_TRUE(nobody.ok() && nobody->has_value());
  ChildSpec spec = helper({"ids"});
  spec.user = **nobody;
  if (::geteuid() != 0) {
    EXPECT_NE(Child::spawn(spec).error().message.find("switch of user"), std::string::npos);
    return;
  }
  // A copy in a place that everyone may reach: the build folder may be closed to others.
  const std::string folder = temporary_folder();
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  spec.program = folder + "/helper";
  {
    std::ifstream from(kHelper, std::ios::binary);
    std::ofstream to(spec.program, std::ios::binary);
    to << from.rdbuf();
  }
  ASSERT_EQ(::chmod(spec.program.c_str(), 0755), 0);

  EXPECT_EQ(output_of(spec),
            std::to_string((*nobody)->id) + " " + std::to_string((*nobody)->group));
}

TEST(User, IsAbsentWithoutError) {
  const auto user = find_user("no-such-user-here");

  ASSERT_TRUE(user.ok());
  EXPECT_FALSE(user->has_value());
}

TEST(SealedMemory, CrossesToTheChildAndCannotChange) {
  const auto memory = seal_memory("keys", base::Secret("the content"));
  ASSERT_TRUE(memory.ok());

  EXPECT_EQ(::write(memory->get(), "x", 1), -1);
  EXPECT_EQ(::ftruncate(memory->get(), 0), -1);
  EXPECT_EQ(output_of(helper({"sealed"}, {memory->get()})), "the content");
  EXPECT_EQ(output_of(helper({"sealed"}, {memory->get()})), "the content");
}

TEST(SealedMemory, RefusesWhatCouldStillChange) {
  const base::Descriptor open_memory(::memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  Pipe pipe;

  EXPECT_EQ(read_sealed_memory(open_memory.get()).error().code, Code::Invalid);
  EXPECT_EQ(read_sealed_memory(pipe.reading.get()).error().code, Code::Invalid);
  EXPECT_EQ(read_sealed_memory(-1).error().code, Code::Invalid);
}

TEST(Confine, LeavesTheNamedFoldersAndNothingElse) {
  const std::string folder = temporary_folder();
  ASSERT_EQ(::mkdir((folder + "/r").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((folder + "/w").c_str(), 0700), 0);
  std::ofstream(folder + "/r/file") << "x";
  std::ofstream(folder + "/outside") << "x";

  const std::string seen = output_of(helper({"confine", folder, folder + "/outside"}));

  // Without Landlock everything is open, and `confine` says so.
  const int abi = landlock_abi();
  EXPECT_EQ(seen, std::to_string(abi) + (abi > 0 ? " y n y n" : " y y y y"));
}

}  // namespace
}  // namespace srasta::process
