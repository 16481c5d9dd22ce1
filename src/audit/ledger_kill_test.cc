// A real process on a real file system, killed again and again while it writes.
#include "audit/installation_test.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "base/entropy.h"

#include <array>
#include <csignal>
#include <set>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

/// Runs the writer until it has acknowledged `enough` records, kills it, and adds the hashes of all
/// that it acknowledged to `hashes`.
void run_and_kill(std::string folder, size_t enough, std::set<std::string>& hashes) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string program = SRASTA_CRASH_WRITER;
  std::array<char*, 3> arguments = {program.data(), folder.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(),
                          environment.data()),
            0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);

  std::string printed;
  std::array<char, 4096> block;
  bool killed = false;
  while (true) {
    const ssize_t got = ::read(ends[0], block.data(), block.size());
    if (got <= 0) break;
    printed.append(block.data(), static_cast<size_t>(got));
    if (killed || printed.size() < enough * 65) continue;
    ::kill(child, SIGKILL);
    killed = true;
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
  for (size_t at = 0; at + 65 <= printed.size(); at += 65) hashes.insert(printed.substr(at, 64));
}

TEST(LedgerKill, LosesNothingAcknowledgedInSixtyKills) {
  constexpr int kRounds = 60;
  std::string folder = ::testing::TempDir() + "srasta-kill-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  testing::SeededEntropy dice(5);
  std::set<std::string> acknowledged;
  base::PosixFileSystem files;

  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(run_and_kill(folder, 1 + dice.below(60), acknowledged));
  }
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  {
    auto ledger =
        Ledger::open(files, clock, entropy, {.folder = folder, .service = "test", .release = "1"});
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
  }

  const LedgerReport report = verify_ledger(files, folder);
  EXPECT_TRUE(report.intact()) << report.text();
  std::string log;
  for (const std::string& name : *files.list(folder + "/gateway/seg")) {
    log += *base::read_file(files, folder + "/gateway/seg/" + name, 1 << 30);
  }
  EXPECT_GT(acknowledged.size(), size_t{kRounds});
  for (size_t at = log.find(R"(,"h":")"); at != std::string::npos;
       at = log.find(R"(,"h":")", at + 1)) {
    acknowledged.erase(log.substr(at + 6, 64));
  }
  EXPECT_TRUE(acknowledged.empty()) << acknowledged.size() << " acknowledged records are gone";
}

}  // namespace
}  // namespace srasta::audit
