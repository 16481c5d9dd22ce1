#include "sandbox/runner.h"

#include "sandbox/run_fixture.h"
#include "sandbox/runner_client.h"

#include <array>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr base::Millis kStart{20'000};

/// A runner in a thread of this process, and who asks it.
class RunnerTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    if (IsSkipped()) return;
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    theirs_ = base::Descriptor(ends[1]);
    runner_ = std::thread(
        [this] { EXPECT_TRUE(serve_runs(theirs_.get(), host_.programs, folder_ + "/accounts")); });
    auto connected = RunnerClient::connect(base::Descriptor(ends[0]), kStart);
    ASSERT_TRUE(connected) << connected.error().message;
    client_.emplace(*std::move(connected));
  }
  void TearDown() override {
    client_.reset();
    if (runner_.joinable()) runner_.join();
    RunTest::TearDown();
  }

  [[nodiscard]] RunOrder order_of(const std::string& script) const {
    RunOrder order;
    order.job = job({});
    order.job.argv = {"/usr/bin/sh", "-c", script, marker_};
    order.capture = true;
    return order;
  }
  [[nodiscard]] base::Result<RunEnd> ask(const RunOrder& order, int cancel = -1) const {
    TreeMessage tree = *TreeMessage::make();
    EXPECT_TRUE(tree.add("src/kept", "kept\n", false));
    EXPECT_TRUE(tree.add("src/changed", "one\n", true));
    const auto sealed = std::move(tree).seal();
    return client_->run(order, sealed->get(), cancel);
  }

  std::optional<RunnerClient> client_;
  base::Descriptor theirs_;
  std::thread runner_;
};

TEST_P(RunnerTest, RunsWhatItIsAskedAndTakesWhatChanged) {
  EXPECT_GE(client_->host().strongest, GetParam().tier);
  const auto end = ask(order_of("cat src/kept; echo two > src/changed; ln -s x src/link; exit 7"));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->outcome, Outcome::Exited);
  EXPECT_EQ(end->status, 7);
  EXPECT_EQ(end->output.head, "kept\n");
  EXPECT_TRUE(end->nothing_left);
  EXPECT_EQ(end->ignored, 1U);
  ASSERT_TRUE(end->changes && end->changes->size() == 1);
  EXPECT_EQ(end->changes->front().path, "src/changed");
  EXPECT_EQ(end->changes->front().bytes, "two\n");
}

TEST_P(RunnerTest, SaysThatMoreChangedThanIsTaken) {
  RunOrder order = order_of("echo two > src/changed; echo > src/new");
  order.capture_limits.changes = 1;
  const auto end = ask(order);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_TRUE(end->too_much_to_capture);
  EXPECT_FALSE(end->changes);
}

TEST_P(RunnerTest, EndsARunThatNobodyWantsAnyMore) {
  const base::Descriptor cancel(::eventfd(1, EFD_CLOEXEC));
  const auto end = ask(order_of("sleep 1000"), cancel.get());
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->outcome, Outcome::Cancelled);
  EXPECT_TRUE(end->nothing_left);
}

TEST_P(RunnerTest, SaysWhyNothingRan) {
  RunOrder order = order_of("exit 0");
  order.job.argv = {"relative"};
  EXPECT_EQ(ask(order).error().code, base::Code::Invalid);
  order = order_of("exit 0");
  order.job.argv = {"/usr/bin/there-is-none"};
  EXPECT_EQ(ask(order).error().code, base::Code::NotFound);
  const base::Descriptor unsealed(::eventfd(0, EFD_CLOEXEC));
  EXPECT_EQ(client_->run(order_of("exit 0"), unsealed.get(), -1).error().code, base::Code::Invalid);
}

INSTANTIATE_TEST_SUITE_P(Tiers, RunnerTest, testing::ValuesIn(namespace_settings()), name_of);

}  // namespace
}  // namespace srasta::sandbox
