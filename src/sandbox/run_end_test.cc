// How runs end, and that nothing is left of them. Names begin with the attack that they answer.
#include "sandbox/run.h"
#include "sandbox/run_fixture.h"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class RunEnd : public RunTest {
 protected:
  Report run_for_a_moment(std::vector<std::string> trick) {
    Job job = this->job(std::move(trick));
    job.limits.wall = base::Millis(300);
    auto report = run_job(job);
    if (report.ok()) return *std::move(report);
    ADD_FAILURE() << report.error().message << " " << report.error().detail;
    return {};
  }
};

TEST_P(RunEnd, RUN_002_DaemonsEndWithTheProgram) {
  EXPECT_EQ(told_by({"daemons", "50"}), "worked");
}

TEST_P(RunEnd, RUN_003_SignalsThatAreIgnoredDoNotHelp) {
  const Report report = run_for_a_moment({"ignore-signals"});

  EXPECT_EQ(report.outcome, Outcome::Timeout);
  EXPECT_EQ(report.output.head, "started\n");
}

TEST_P(RunEnd, RUN_004_AWaitForNobodyEndsInTime) {
  EXPECT_EQ(run_for_a_moment({"fifo"}).outcome, Outcome::Timeout);
}

TEST_P(RunEnd, RUN_002_KillingTheSupervisorFreesNobody) {
  const Report report = run_for_a_moment({"kill-parent-of-daemons"});

  if (report.output.head == "worked\nEPERM\n") {
    EXPECT_EQ(report.outcome, Outcome::Timeout);
  } else {
    // It had the supervisor's user, and Landlock does not judge signals before ABI 6.
    EXPECT_LT(host_.landlock_abi, 6);
    EXPECT_EQ(report.outcome, Outcome::Signalled);
  }
}

TEST_P(RunEnd, RUN_041_ACallerThatIsGoneEndsTheRun) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const base::Descriptor gone(ends[0]);
  base::Descriptor client(ends[1]);
  std::thread leaving([&] {
    EXPECT_TRUE(until([this] { return survivors().size() >= 4; }));
    client.reset();
  });

  const auto report = run_job(job({"daemons-and-wait"}), gone.get());
  leaving.join();

  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->outcome, Outcome::Cancelled);
}

TEST_P(RunEnd, RUN_041_ACallerThatWasGoneBeforeStartsNothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const base::Descriptor gone(ends[0]);
  ::close(ends[1]);
  bool filled = false;
  Job job = this->job({"wait"});
  job.fill = [&](TreeWriter&) {
    filled = true;
    return base::Result<void>();
  };

  // Often: it is ended at another moment of its start each time.
  constexpr int kTimes = 20;
  for (int count = 0; count < kTimes; ++count) {
    const auto report = run_job(job, gone.get());

    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->outcome, Outcome::Cancelled);
  }
  EXPECT_FALSE(filled);
}

TEST_P(RunEnd, RUN_042_NothingOutlivesTheProcessThatRunsIt) {
  const Job job = this->job({"daemons-and-wait"});
  const pid_t runner = ::fork();
  if (runner == 0) {
    static_cast<void>(run(job, host_, -1));
    ::_exit(0);
  }
  EXPECT_TRUE(until([this] { return survivors().size() >= 4; }));

  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);

  EXPECT_TRUE(all_gone());
  EXPECT_TRUE(until([this] {
    static_cast<void>(Scratch::remove_stale(host_.programs.scratch));
    return std::filesystem::is_empty(host_.programs.scratch);
  }));
}

TEST_P(RunEnd, RUN_042_NothingOutlivesTheProcessThatStartsIt) {
  const Job job = this->job({"daemons-and-wait"});
  constexpr int kTimes = 20;
  for (int count = 0; count < kTimes; ++count) {
    const pid_t runner = ::fork();
    if (runner == 0) {
      static_cast<void>(run(job, host_, -1));
      ::_exit(0);
    }
    // Another moment of the start each time.
    EXPECT_TRUE(until([this] { return !survivors().empty(); }));
    for (int moments = count; moments > 0; --moments) static_cast<void>(survivors());

    ::kill(runner, SIGKILL);
    ::waitpid(runner, nullptr, 0);
  }

  EXPECT_TRUE(all_gone());
  EXPECT_TRUE(Scratch::remove_stale(host_.programs.scratch).ok());
}

TEST_P(RunEnd, RUN_043_RunsAtOnceSeeNothingOfEachOther) {
  constexpr unsigned kRuns = 8;
  std::atomic<unsigned> good = 0;
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < kRuns; ++number) {
    threads.emplace_back([&, number] {
      Job job = this->job({});
      job.account = {.user = 64'100 + number, .group = 64'100 + number};
      job.argv = {"/usr/bin/sh", "-c",
                  "test -e mine && exit 1; test -e $TMPDIR/mine && exit 2; touch mine $TMPDIR/mine;"
                  "echo $0; exit 0",
                  std::to_string(number)};
      const auto report = run(job, host_, -1);
      if (report.ok() && report->status == 0 && report->nothing_left &&
          report->output.head == std::to_string(number) + "\n") {
        ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(good, kRuns);
}

TEST_P(RunEnd, LeavesNoDescriptorOpenHere) {
  run_trick({"descriptors"});
  const size_t before = open_descriptors();

  run_trick({"descriptors"});
  run_for_a_moment({"wait"});
  Job failing = job({"wait"});
  failing.fill = [](TreeWriter&) { return base::make_error(base::Code::NotFound, "no such tree"); };
  EXPECT_FALSE(run_job(failing).ok());

  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(RunEnd, AFillThatFailsRunsNothingAndIsTold) {
  Job job = this->job({"wait"});
  job.fill = [](TreeWriter&) { return base::make_error(base::Code::NotFound, "no such tree"); };

  const auto report = run_job(job);

  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "no such tree");
}

TEST_P(RunEnd, RUN_045_AWeakerHostIsRefused) {
  Job job = this->job({"wait"});
  bool filled = false;
  job.fill = [&](TreeWriter&) {
    filled = true;
    return base::Result<void>();
  };
  Host weaker = host_;
  for (const auto& [gives, wants] : std::vector<std::pair<Tier, Tier>>{
           {Tier::T3, Tier::T1}, {Tier::T1, Tier::T1c}, {Tier::None, Tier::None}}) {
    weaker.strongest = gives;
    job.min_tier = wants;

    const auto report = run(job, weaker, -1);

    ASSERT_FALSE(report.ok());
    EXPECT_EQ(refusal_of(report.error()), "sandbox_tier");
  }
  EXPECT_FALSE(filled);
}

TEST_P(RunEnd, RUN_046_APieceThatIsMissingOrFailsIsRefused) {
  Host broken = host_;
  std::vector<std::string> pieces{"/nonexistent", "/usr/bin/false", "/etc/hostname"};
  for (const std::string& piece : pieces) {
    for (std::string* place : {&broken.programs.bwrap, &broken.programs.sandbox_init}) {
      if (!in_namespace() && place == &broken.programs.bwrap) continue;
      const std::string good = std::exchange(*place, piece);

      const auto report = run(job({"wait"}), broken, -1);

      ASSERT_FALSE(report.ok()) << piece;
      EXPECT_EQ(refusal_of(report.error()), "sandbox_unavailable") << piece;
      *place = good;
    }
  }
  Programs programs = host_.programs;
  programs.bwrap = "/nonexistent";
  EXPECT_FALSE(probe(programs, {.user = 64'001, .group = 64'001}).gives(Tier::T1));
}

TEST_P(RunEnd, RefusesJobsThatAreNone) {
  const Job good = job({"wait"});
  std::vector<Job> bad(6, good);
  bad[0].argv = {};
  bad[1].argv = {"make"};
  bad[2].argv.emplace_back("a\0b", 3);
  bad[3].environment = {{"A=B", "c"}};
  bad[4].fill = nullptr;
  bad[5].limits.processes = 0;
  if (::geteuid() == 0) {
    bad.push_back(good);
    bad.back().account = {.user = 0, .group = 0};
  }

  for (const Job& each : bad) {
    const auto report = run(each, host_, -1);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(refusal_of(report.error()), "sandbox_job");
  }
}

INSTANTIATE_TEST_SUITE_P(At, RunEnd, testing::ValuesIn(all_settings()), name_of);

}  // namespace
}  // namespace srasta::sandbox
