// What a program in the sandbox can use up. Names begin with the attack that they answer.
#include "sandbox/output_text.h"
#include "sandbox/run.h"
#include "sandbox/run_fixture.h"

#include <csignal>
#include <string>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

class RunLimits : public RunTest {
 protected:
  Report run_limited(std::vector<std::string> trick, const std::function<void(Limits&)>& set) {
    Job job = this->job(std::move(trick));
    set(job.limits);
    auto report = run_job(job);
    if (report.ok()) return *std::move(report);
    ADD_FAILURE() << report.error().message << " " << report.error().detail;
    return {};
  }
};

TEST_P(RunLimits, RUN_001_ForksNoMoreThanItMay) {
  constexpr int kProcesses = 40;

  const Report report =
      run_limited({"fork-many", "10000"}, [](Limits& limits) { limits.processes = kProcesses; });

  EXPECT_EQ(report.outcome, Outcome::Exited);
  const std::string& told = report.output.head;
  EXPECT_TRUE(told.ends_with(" EAGAIN\n")) << told;
  // As one of an unprivileged user's processes at T3, it is counted with those of the others.
  if (in_namespace() || ::geteuid() == 0) EXPECT_EQ(told, "39 EAGAIN\n");
}

TEST_P(RunLimits, RUN_001_AForkBombEndsWithItsTime) {
  const Report report = run_limited({"fork-bomb"}, [](Limits& limits) {
    limits.wall = base::Millis(300);
    limits.processes = 100;
  });

  EXPECT_EQ(report.outcome, Outcome::Timeout);
  EXPECT_TRUE(report.nothing_left);
}

TEST_P(RunLimits, RUN_007_WritesNoMoreFilesThanItMay) {
  if (!in_namespace()) GTEST_SKIP() << "T3 has no file system of its own";

  const Report report =
      run_limited({"files", "1000000"}, [](Limits& limits) { limits.files = 500; });

  EXPECT_TRUE(report.output.head.ends_with(" ENOSPC\n")) << report.output.head;
}

TEST_P(RunLimits, WritesNoMoreBytesThanItMay) {
  if (!in_namespace()) GTEST_SKIP() << "T3 has no file system of its own";
  const auto set = [](Limits& limits) {
    limits.tree_bytes = 8U << 20;
    limits.tmp_bytes = 1U << 20;
  };

  EXPECT_TRUE(run_limited({"fill", "big", "50000000"}, set).output.head.ends_with(" ENOSPC\n"));
  EXPECT_EQ(run_limited({"fill", "/tmp/big", "50000000"}, set).output.head, "1048576 ENOSPC\n");
  EXPECT_EQ(run_limited({"fill", "/dev/shm/x", "50000000"}, set).output.head, "1048576 ENOSPC\n");
}

TEST_P(RunLimits, WritesNoLargerFileThanItMay) {
  const Report report =
      run_limited({"fill", "big", "50000000"}, [](Limits& limits) { limits.file_size = 3U << 20; });

  EXPECT_EQ(report.output.head, "3145728 EFBIG\n");
}

TEST_P(RunLimits, OpensNoMoreFilesThanItMay) {
  const Report report =
      run_limited({"open-many", "1000"}, [](Limits& limits) { limits.open_files = 20; });

  EXPECT_EQ(report.output.head, "17 EMFILE\n");
}

TEST_P(RunLimits, TakesNoMoreMemoryThanItMay) {
  const auto set = [](Limits& limits) { limits.memory = 64U << 20; };

  EXPECT_EQ(run_limited({"memory", "200000000"}, set).output.head, "ENOMEM\n");
  EXPECT_EQ(run_limited({"memory", "2000000"}, set).output.head, "worked\n");
}

TEST_P(RunLimits, BurnsNoMoreTimeOfAProcessorThanItMay) {
  const Report report =
      run_limited({"burn"}, [](Limits& limits) { limits.cpu = base::Seconds(1); });

  EXPECT_EQ(report.outcome, Outcome::Signalled);
  EXPECT_EQ(report.signal, SIGXCPU);
  // The kernel counts what it limits and what it reports apart.
  EXPECT_GE(report.cpu, base::Millis(200));
}

TEST_P(RunLimits, RUN_009_OutputIsCutInItsMiddleAndCounted) {
  constexpr uint64_t kBytes = 10U << 20;
  const Report report = run_limited({"flood", std::to_string(kBytes)},
                                    [](Limits& limits) { limits.output_kept = 1'000; });

  EXPECT_EQ(report.outcome, Outcome::Exited);
  EXPECT_EQ(report.output.bytes_total, kBytes);
  EXPECT_EQ(report.output.head.size(), 500U);
  EXPECT_EQ(report.output.tail.size(), 500U);
}

TEST_P(RunLimits, RUN_009_TooMuchOutputEndsTheRun) {
  const Report report =
      run_limited({"flood", "1000000000"}, [](Limits& limits) { limits.output_total = 4U << 20; });

  EXPECT_EQ(report.outcome, Outcome::TooMuchOutput);
  EXPECT_GT(report.output.bytes_total, 4U << 20);
  EXPECT_LT(report.output.bytes_total, 100U << 20);
}

TEST_P(RunLimits, RUN_010_011_OutputBecomesTextThatHarmsNobody) {
  const Report report =
      run_trick({"print", "0x1B", "0x5B", "0x33", "0x31", "0x6D", "0x41", "0xFF"});

  EXPECT_EQ(to_text(report.output.head).text, "A\xEF\xBF\xBD");
}

TEST_P(RunLimits, ATreeThatDoesNotFitIsRefused) {
  if (!in_namespace()) GTEST_SKIP() << "T3 has no file system of its own";
  Job job = this->job({"wait"});
  job.limits.tree_bytes = 1U << 20;
  job.limits.files = 16;
  const std::string large(2U << 20, 'x');
  job.fill = [&](TreeWriter& writer) { return writer.file("large", large, false); };
  const auto report = run_job(job);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, base::Code::TooLarge);

  job.fill = [](TreeWriter& writer) -> base::Result<void> {
    for (int count = 0; count < 100; ++count) {
      SRASTA_TRY(writer.file("f" + std::to_string(count), "", false));
    }
    return {};
  };
  const auto many = run_job(job);
  ASSERT_FALSE(many.ok());
  EXPECT_EQ(many.error().code, base::Code::TooLarge);
}

INSTANTIATE_TEST_SUITE_P(At, RunLimits, testing::ValuesIn(all_settings()), name_of);

class GroupLimits : public RunLimits {};

TEST_P(GroupLimits, MemoryOfTheWholeRunIsCapped) {
  const auto set = [](Limits& limits) { limits.memory = 64U << 20; };

  const Report report = run_limited({"memory", "200000000"}, set);

  EXPECT_EQ(report.outcome, Outcome::OutOfMemory);
  EXPECT_EQ(run_limited({"memory", "2000000"}, set).outcome, Outcome::Exited);
}

TEST_P(GroupLimits, ProcessesOfTheWholeRunAreCapped) {
  const Report report =
      run_limited({"fork-many", "10000"}, [](Limits& limits) { limits.processes = 20; });

  EXPECT_EQ(report.output.head, "19 EAGAIN\n");
}

INSTANTIATE_TEST_SUITE_P(At, GroupLimits,
                         testing::Values(Setting{
                             .name = "T1c", .tier = Tier::T1c, .landlock_abi_at_most = {}}),
                         name_of);

}  // namespace
}  // namespace srasta::sandbox
