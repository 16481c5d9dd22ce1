#include "process/supervisor.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::process {
namespace {

using base::Code;
using base::Millis;

const std::string kHelper = SRASTA_PROCESS_TEST_CHILD;

pid_t number_in(std::string_view text) {
  pid_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class Supervision : public testing::Test {
 protected:
  Supervision() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reading_.reset(ends[0]);
    writing_.reset(ends[1]);
  }

  Service service(std::string name, std::vector<std::string> arguments) {
    return {.name = std::move(name),
            .child = {.program = kHelper,
                      .arguments = std::move(arguments),
                      .environment = {},
                      .inherited = {writing_.get()},
                      .user = {}}};
  }

  base::Result<void> run(std::vector<Service> services, const std::function<void()>& on_ready) {
    Supervisor supervisor(clock_,
                          {.drain = Millis(0), .grace = grace_, .backoff = {.first = Millis(1)}},
                          [this](const std::string& line) { hear(line); });
    for (Service& each : services) supervisor.add(std::move(each));
    return supervisor.run(on_ready);
  }

  void hear(const std::string& line) {
    heard_ += line.substr(0, line.find(", process")) + "\n";
    const size_t at = line.find("process ");
    if (at != std::string::npos) last_started_ = number_in(line.substr(at + 8));
    if (on_line_) on_line_(line);
  }

  /// A process id that the helper wrote.
  pid_t reported() {
    std::array<char, 32> block{};
    const ssize_t got = ::read(reading_.get(), block.data(), block.size());
    return number_in({block.data(), got > 0 ? static_cast<size_t>(got) : 0});
  }

  static void ask_to_stop() { ::kill(::getpid(), SIGTERM); }

  base::SystemClock clock_;
  Millis grace_{10'000};
  std::string heard_;
  pid_t last_started_ = 0;
  std::function<void(const std::string&)> on_line_;
  base::Descriptor reading_;
  base::Descriptor writing_;
};

TEST_F(Supervision, StartsInOrderAndStopsWhenAsked) {
  const auto outcome =
      run({service("one", {"serve"}), service("two", {"serve"})}, [] { ask_to_stop(); });

  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(heard_.starts_with("one: started\none: ready\ntwo: started\ntwo: ready\nstopping"))
      << heard_;
  EXPECT_NE(heard_.find("one: exited with status 0\n"), std::string::npos);
  EXPECT_NE(heard_.find("two: exited with status 0\n"), std::string::npos);
}

TEST_F(Supervision, FailsWhenAServiceEndsBeforeItIsReady) {
  EXPECT_EQ(run({service("one", {"exit", "2"})}, [] {}).error().code, Code::Invalid);
  const auto outcome = run({service("one", {"exit", "1"})}, [] {});
  EXPECT_EQ(outcome.error().code, Code::Unavailable);
  EXPECT_EQ(outcome.error().message, "one: exited with status 1 before it was ready");
}

TEST_F(Supervision, FailsWhenAServiceIsNotReadyInTimeAndStopsTheOthers) {
  Service late = service("late", {"never-ready"});
  late.ready_within = Millis(20);

  const auto outcome = run({service("one", {"serve"}), late}, [] { FAIL(); });

  EXPECT_EQ(outcome.error().message, "late: not ready after 20 ms");
  EXPECT_NE(heard_.find("one: exited with status 0\n"), std::string::npos);
}

TEST_F(Supervision, StartsAgainWhatWasKilled) {
  int times_ready = 0;
  on_line_ = [&](const std::string& line) {
    if (line == "one: ready" && ++times_ready == 3) ask_to_stop();
    if (line == "one: ready" && times_ready == 2) ::kill(last_started_, SIGKILL);
  };

  const auto outcome = run({service("one", {"serve"})}, [this] { ::kill(last_started_, SIGKILL); });

  EXPECT_TRUE(outcome.ok());
  EXPECT_NE(heard_.find("was killed by signal 9 (Killed); starting again in 1 ms\n"),
            std::string::npos);
  EXPECT_NE(heard_.find("starting again in 2 ms\n"), std::string::npos);
}

TEST_F(Supervision, KillsWhatIgnoresTheRequest) {
  grace_ = Millis(20);

  const auto outcome = run({service("one", {"ignore-sigterm"})}, [] { ask_to_stop(); });

  EXPECT_TRUE(outcome.ok());
  EXPECT_NE(heard_.find("one: did not end in time, killed\none: was killed by signal 9"),
            std::string::npos)
      << heard_;
}

TEST_F(Supervision, AThirdSignalKillsAtOnce) {
  on_line_ = [](const std::string& line) {
    if (!line.starts_with("stopping")) return;
    ask_to_stop();
    ::kill(::getpid(), SIGINT);
  };

  const auto outcome = run({service("one", {"ignore-sigterm"})}, [] { ask_to_stop(); });

  EXPECT_TRUE(outcome.ok());
  EXPECT_NE(heard_.find("killed"), std::string::npos);
}

TEST_F(Supervision, ASecondSignalIsPassedOn) {
  std::jthread second;

  const auto outcome = run({service("one", {"end-at-second-sigterm"})}, [&] {
    ask_to_stop();
    // Two signals at once would be one: the second waits until the service has had the first.
    second = std::jthread([this] {
      (void)reported();
      ask_to_stop();
    });
  });

  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(heard_.find("killed"), std::string::npos) << heard_;
}

TEST_F(Supervision, LeavesNoDescendantEvenOutsideItsGroup) {
  pid_t orphan = 0;

  const auto outcome = run({service("one", {"serve-with-orphan"})}, [&] {
    orphan = reported();
    ask_to_stop();
  });

  EXPECT_TRUE(outcome.ok());
  ASSERT_GT(orphan, 0);
  EXPECT_EQ(::kill(orphan, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(Supervision, WaitsForNoForeignProgramAndStartsItAgainFromTheFirstMoment) {
  Service foreign = service("foreign", {"exit", "1"});
  foreign.answers = [] { return false; };
  Service missing = foreign;
  missing.name = "missing";
  missing.child.program = "/nowhere";
  int again = 0;
  on_line_ = [&](const std::string& line) {
    if (line.starts_with("foreign: exited with status 1; starting again") && ++again == 3) {
      ask_to_stop();
    }
  };
  bool ready = false;

  const auto outcome = run({foreign, missing, service("one", {"serve"})}, [&] { ready = true; });

  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(ready);
  EXPECT_NE(heard_.find("missing: start /nowhere: exec: No such file or directory; trying again"),
            std::string::npos)
      << heard_;
}

TEST_F(Supervision, AForeignProgramIsReadyOnceItAnswersAndGetsNoDescriptorForThat) {
  Service foreign = service("foreign", {"report-and-serve"});
  int asked = 0;
  foreign.answers = [&] { return ++asked == 2; };
  on_line_ = [](const std::string& line) {
    if (line == "foreign: ready") ask_to_stop();
  };

  const auto outcome = run({foreign}, [] {});

  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(heard_.starts_with("foreign: started\nforeign: ready\nstopping")) << heard_;
}

TEST_F(Supervision, AForeignProgramThatIsNotReadyInTimeIsStartedAgain) {
  Service foreign = service("foreign", {"serve"});
  foreign.ready_within = Millis(20);
  foreign.answers = [] { return false; };
  on_line_ = [](const std::string& line) {
    if (line.starts_with("foreign: was killed by signal 9 (Killed); starting again")) ask_to_stop();
  };

  const auto outcome = run({foreign}, [] {});

  EXPECT_TRUE(outcome.ok());
  EXPECT_NE(heard_.find("foreign: not ready after 20 ms, killed\n"), std::string::npos) << heard_;
}

TEST_F(Supervision, LeavesAChildAloneThatIsLookedAfter) {
  auto other = Child::spawn(service("", {"serve"}).child);
  ASSERT_TRUE(other.ok());
  Supervisor supervisor(clock_, {.drain = Millis(0), .grace = grace_, .backoff = {}},
                        [](const std::string&) {});
  supervisor.look_after(*other, [](const Exit&) { FAIL(); });
  supervisor.add(service("one", {"serve"}));

  EXPECT_TRUE(supervisor.run([&] { supervisor.stop(); }).ok());

  const auto ended = other->wait({});
  ASSERT_TRUE(ended.ok());
  EXPECT_FALSE(ended->has_value());
}

TEST_F(Supervision, TellsOnceHowAChildEndedThatIsLookedAfter) {
  auto other = Child::spawn(service("", {"exit", "3"}).child);
  ASSERT_TRUE(other.ok());
  Supervisor supervisor(clock_, {.drain = Millis(0), .grace = grace_, .backoff = {}},
                        [](const std::string&) {});
  std::vector<int> told;
  supervisor.look_after(*other, [&](const Exit& exit) {
    told.push_back(exit.status);
    supervisor.stop();
  });
  supervisor.add(service("one", {"serve"}));

  EXPECT_TRUE(supervisor.run([] {}).ok());

  EXPECT_EQ(told, std::vector{3});
  const auto ended = other->wait({});
  ASSERT_TRUE(ended.ok() && ended->has_value());
  EXPECT_EQ((*ended)->status, 3);
}

TEST_F(Supervision, KillingTheSupervisorEndsItsServices) {
  auto supervisor = Child::spawn(service("", {"supervise"}).child);
  ASSERT_TRUE(supervisor.ok());
  const pid_t inner = reported();
  ASSERT_GT(inner, 0);
  const base::Descriptor watch(static_cast<int>(::syscall(SYS_pidfd_open, inner, 0)));
  ASSERT_TRUE(watch.open());

  // To the process alone: its group must not be what ends the service.
  ASSERT_EQ(::kill(supervisor->pid(), SIGKILL), 0);

  pollfd ended{.fd = watch.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
}

}  // namespace
}  // namespace srasta::process
