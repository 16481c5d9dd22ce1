#include "audit/intent.h"

#include "audit/completeness.h"
#include "audit/installation_test.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

Event change(std::string_view request = "c-1") {
  Event event{.act = Act::ConfigChangeIntent, .outcome = Outcome::Allow};
  event.actor.kind = ActorKind::System;
  event.corr.request = Label(request);
  return event;
}

/// Waits for what `declare` reports.
class Declaration {
 public:
  explicit Declaration(Ledger& ledger, const Event& event = change()) {
    Intent::declare(ledger, event, [this](base::Result<Intent> intent) {
      const std::lock_guard lock(mutex_);
      intent_.emplace(std::move(intent));
      there_.notify_all();
    });
  }

  base::Result<Intent> get() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [this] { return intent_.has_value(); });
    return *std::move(intent_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<base::Result<Intent>> intent_;
};

Completeness::Summary told_by(const Installation& box) {
  Completeness completeness;
  std::string log = box.log();
  for (std::string_view left = log; !left.empty();) {
    const size_t end = left.find('\n');
    completeness.add(left.substr(0, end));
    left.remove_prefix(end + 1);
  }
  return completeness.finish();
}

bool has_outcome(const Installation& box, std::string_view outcome) {
  const std::string log = box.log();
  const size_t at = log.find(R"({"act":"config.change.outcome")");
  if (at == std::string::npos) return false;
  const std::string line = log.substr(at, log.find('\n', at) - at);
  return line.find(R"("rid":"c-1")") != std::string::npos &&
         line.find(R"("out":")" + std::string(outcome) + '"') != std::string::npos;
}

TEST(Intent, IsOnDiskBeforeItIsGivenAndEndsOnce) {
  Installation box;
  auto ledger = *box.open();
  auto intent = Declaration(*ledger).get();
  ASSERT_TRUE(intent.ok());
  EXPECT_NE(box.log().find(R"({"act":"config.change.intent")"), std::string::npos);
  EXPECT_EQ(intent->receipt().seq, 1U);

  EXPECT_TRUE(
      std::move(*intent).end({.act = Act::ConfigChangeOutcome, .outcome = Outcome::Ok}).ok());
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());

  EXPECT_TRUE(has_outcome(box, "ok"));
  const auto told = told_by(box);
  EXPECT_EQ(told.ended, 1U);
  EXPECT_EQ(told.unknown + told.in_flight, 0U);
}

TEST(Intent, ThatNobodyEndsEndsUnknown) {
  Installation box;
  auto ledger = *box.open();
  {
    const auto intent = Declaration(*ledger).get();
  }
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());

  EXPECT_TRUE(has_outcome(box, "unknown"));
}

TEST(Intent, ThatMovedEndsWithItsLastOwner) {
  Installation box;
  auto ledger = *box.open();
  {
    auto intent = Declaration(*ledger).get();
    ASSERT_TRUE(intent.ok());
    const Intent owner(*std::move(intent));
    ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());
    EXPECT_FALSE(has_outcome(box, "unknown"));
  }
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());
  EXPECT_EQ(told_by(box).unknown, 1U);
}

TEST(Intent, IsNotGivenWhenItCannotBeRecorded) {
  Installation box;
  box.settings.must_wait = base::Millis(20);
  auto ledger = *box.open();
  {
    auto slow = box.files.hold_syncs();
    const auto refused = Declaration(*ledger).get();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::Code::Unavailable);
  }
  // Its record may have been on its way; the one behind it says that nothing was done.
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());
  EXPECT_TRUE(has_outcome(box, "error"));
  EXPECT_EQ(told_by(box).in_flight, 0U);
}

TEST(Intent, OfAWriterThatWasKilledEndsAtTheNextStart) {
  Installation box;
  {
    auto ledger = *box.open();
    auto intent = Declaration(*ledger).get();
    ASSERT_TRUE(intent.ok());
    box.files.fail_at(box.files.operations(), testing::FaultyFiles::Fault::PowerCut);
  }
  box.files.power_on(1);
  auto ledger = *box.open();

  EXPECT_TRUE(has_outcome(box, "unknown"));
  EXPECT_NE(box.log().find(R"("data":{"begun_seq":1,"reason":"interrupted"})"), std::string::npos);
}

}  // namespace
}  // namespace srasta::audit
