// A real process with a real database, killed again and again while it spends.
#include "base/encoding.h"
#include "base/file.h"
#include "gateway/lease_spender.h"
#include "gateway/lease_store.h"
#include "testing/seeded_entropy.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

/// Runs the spender until it has made `enough` steps, and kills it.
void run_and_kill(std::array<std::string, 5> words, size_t enough) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::array<char*, 6> arguments{};
  for (size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  std::array<char*, 1> environment = {nullptr};
  pid_t child = 0;
  ASSERT_EQ(
      ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data()),
      0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);

  size_t steps = 0;
  bool killed = false;
  std::array<char, 4096> block;
  while (true) {
    const ssize_t got = ::read(ends[0], block.data(), block.size());
    if (got <= 0) break;
    steps += static_cast<size_t>(got);
    if (killed || steps < enough) continue;
    ::kill(child, SIGKILL);
    killed = true;
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the spender ended by itself: " << status;
}

/// Tokens per subject that the last process used.
std::map<std::string, uint64_t> read_journal(const std::string& path) {
  base::PosixFileSystem files;
  const std::string text = *base::read_file(files, path, 1 << 30);
  std::map<std::string, uint64_t> used;
  for (size_t at = 0; at < text.size();) {
    const size_t space = text.find(' ', at);
    const size_t end = text.find('\n', at);
    const auto tokens = base::parse_u64(std::string_view(text).substr(space + 1, end - space - 1));
    EXPECT_TRUE(tokens.has_value()) << text.substr(at);
    used["principal:" + text.substr(at, space - at)] += tokens.value_or(0);
    used["tenant:acme"] += tokens.value_or(0);
    at = end + 1;
  }
  return used;
}

class LeaseKill : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "srasta-lease-kill-XXXXXX";
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::vector<access::LeaseRow> rows() const {
    auto store = LeaseStore::open(folder_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return *(*store)->load();
  }

  /// What the process used is charged, no more than its open leases beside it, and never more than
  /// the budget.
  void check_round() {
    auto used = read_journal(folder_ + "/journal");
    for (const access::LeaseRow& row : rows()) {
      const std::string& subject = row.account.subject;
      const uint64_t budget = row.account.rule == "tenant" ? 3'000'000U : 1'000'000U;
      const uint64_t mark = row.charged + row.leased;
      ASSERT_LE(mark, budget);
      const uint64_t truth = std::exchange(used[subject], 0);
      const uint64_t before = std::exchange(marks_[row.account], mark);
      ASSERT_LE(before, mark);
      ASSERT_LE(truth, mark - before) << subject;
      if (mark > before) {
        ASSERT_LE(mark - before - truth, row.leased) << subject;
      }
      total_ += row.account.rule == "tenant" ? truth : 0;
    }
    for (const auto& [subject, tokens] : used) {
      ASSERT_EQ(tokens, 0U) << subject << " used tokens and has no account";
    }
  }

  std::string folder_;
  std::map<access::BudgetAccount, uint64_t> marks_;
  uint64_t total_ = 0;
};

TEST_F(LeaseKill, ChargesWhatWasUsedInTwoHundredKills) {
  constexpr uint64_t kRounds = 200;
  constexpr uint64_t kRoundsOfDay = 40;
  testing::SeededEntropy dice(9);
  for (uint64_t round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(
        run_and_kill({SRASTA_LEASE_SPENDER, folder_, folder_ + "/journal",
                      std::to_string(round / kRoundsOfDay), std::to_string(round)},
                     1 + dice.below(40)));
    ASSERT_NO_FATAL_FAILURE(check_round());
  }
  EXPECT_GT(total_, 1'000'000U);
  for (const access::LeaseRow& row : rows()) {
    EXPECT_EQ(row.account.start, access::period_at(access::BudgetPeriod::Day,
                                                   spender_time((kRounds - 1) / kRoundsOfDay))
                                     .start);
  }
}

}  // namespace
}  // namespace srasta::gateway
