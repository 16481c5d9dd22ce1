// What a prune removes, what it refuses to remove, and what is left when it is interrupted.
#include "audit/retention.h"

#include "audit/checkpointer.h"
#include "audit/installation_test.h"
#include "audit/proofs.h"
#include "audit/segment.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using Fault = testing::FaultyFiles::Fault;
using Files = std::map<std::string, std::string>;

const std::string kFolder = "/data/audit/gateway";

/// An installation whose checkpointer and operator work by hand.
class PrunedBox {
 public:
  explicit PrunedBox(base::Secret log_key) : log_key_(std::move(log_key)) {
    box.settings.segment_bytes = 2500;
  }
  PrunedBox(base::Secret log_key, const Files& contents) : PrunedBox(std::move(log_key)) {
    for (const auto& [path, content] : contents) box.files.put(path, content);
  }

  /// A record a minute.
  void grow(size_t records) {
    const auto ledger = box.open();
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    for (size_t i = 0; i < records; ++i) {
      box.clock.advance(base::Seconds(60));
      EXPECT_EQ(Installation::append_durably(**ledger, 1), 1U);
    }
    box.clock.advance(base::Seconds(60));
  }

  base::Result<void> sign() {
    Checkpointer::Settings settings{.install = box.settings, .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    settings.tell = [this](const std::string& line) { told.push_back(line); };
    SRASTA_TRY_ASSIGN(const auto checkpointer,
                      Checkpointer::open(box.files, box.clock, box.entropy, std::move(settings)));
    checkpointer->close();
    return {};
  }

  /// Writes a record into `operator`.
  base::Result<void> say(const Event& event) {
    LedgerSettings settings = box.settings;
    settings.stream = kOperatorStream;
    SRASTA_TRY_ASSIGN(const auto log,
                      Ledger::open(box.files, box.clock, box.entropy, std::move(settings)));
    Reply reply;
    log->append_durable(event, reply.completion());
    SRASTA_TRY_ASSIGN([[maybe_unused]] const Receipt receipt, reply.get());
    return log->close();
  }
  base::Result<void> allow(const PrunePlan& plan) {
    const auto roots = plan.prefix.tree.hashes();
    return plan.written ? base::Result<void>() : say(pruned_event(plan.prefix, roots));
  }

  /// All of a prune, as the command does it.
  base::Result<uint64_t> prune() {
    SRASTA_TRY_ASSIGN(const auto planned, plan_prune(box.files, question));
    const std::optional<PrunePlan>& plan = planned;
    if (!plan) return uint64_t{0};
    SRASTA_TRY(allow(*plan));
    SRASTA_TRY(sign());
    return remove_pruned(box.files, question, plan->prefix);
  }

  [[nodiscard]] std::vector<uint64_t> segments() {
    std::vector<uint64_t> found;
    const auto names = box.files.list(kFolder + "/seg");
    for (const std::string& name : *names) found.push_back(parse_segment_name(name).value_or(0));
    return found;
  }

  [[nodiscard]] LedgerReport verdict() { return verify_ledger(box.files, "/data/audit"); }
  [[nodiscard]] StreamReport gateway() { return verdict().streams.at(0); }
  [[nodiscard]] ProvingStream proving() { return {&box.files, kFolder, "inst-1/gateway"}; }

  Installation box;
  PruneQuestion question{
      .audit_folder = "/data/audit", .install_id = "inst-1", .stream = "gateway", .before = "2999"};
  std::vector<std::string> told;

 private:
  base::Secret log_key_;
};

class Retention : public ::testing::Test {
 protected:
  Retention() : log_key_(crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem()) {}

  /// Some segments in two epochs, signed to their end.
  PrunedBox& grown() {
    grown_ = std::make_unique<PrunedBox>(log_key_.clone());
    grown_->grow(9);
    grown_->box.clock.advance(base::Seconds(25 * 60 * 60));
    grown_->grow(9);
    EXPECT_TRUE(grown_->sign().ok());
    EXPECT_GT(grown_->segments().size(), 4U);
    return *grown_;
  }
  PrunedBox copy(const Files& contents) { return {log_key_.clone(), contents}; }

  base::Secret log_key_;
  std::unique_ptr<PrunedBox> grown_;
};

TEST_F(Retention, RemovesAllButTheCurrentSegmentAndEverythingGoesOn) {
  PrunedBox& box = grown();
  const auto before = box.segments();
  const auto removed = box.prune();
  ASSERT_TRUE(removed.ok()) << removed.error().message;
  EXPECT_EQ(*removed, before.size() - 1);
  EXPECT_EQ(box.segments(), std::vector<uint64_t>{before.back()});
  EXPECT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
  EXPECT_EQ(box.gateway().first, before.back());
  EXPECT_EQ(*box.prune(), 0U);

  const uint64_t records = box.gateway().records;
  box.grow(12);
  ASSERT_TRUE(box.sign().ok());
  EXPECT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
  EXPECT_EQ(box.gateway().anchored, box.gateway().records);
  EXPECT_GT(box.gateway().records, records + 12);
  EXPECT_TRUE(box.told.empty()) << box.told.front();
  EXPECT_GT(*box.prune(), 0U) << box.verdict().text();
  EXPECT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
}

TEST_F(Retention, KeepsProofsOfEveryRecordThatIsKeptAtEveryBoundary) {
  const Files whole = grown().box.files.contents();
  const auto segments = grown_->segments();
  size_t tried = 0;
  for (size_t last = 1; last < segments.size(); ++last) {
    SCOPED_TRACE(segments[last]);
    PrunedBox box = copy(whole);
    const std::string& kept = whole.at(kFolder + "/seg/" + segment_name(segments[last]));
    const std::string& gone = whole.at(kFolder + "/seg/" + segment_name(segments[last - 1]));
    constexpr std::string_view kTime = R"(,"t":")";
    box.question.before = kept.substr(kept.find(kTime) + kTime.size(), 27);
    // Of two records of one moment, a time cannot choose one.
    if (gone.substr(gone.rfind(kTime) + kTime.size(), 27) == box.question.before) continue;
    ++tried;
    const auto removed = box.prune();
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
    const uint64_t first = segments[last];
    EXPECT_EQ(box.segments().front(), first);
    for (uint64_t seq = first; seq < box.gateway().records; ++seq) {
      EXPECT_TRUE(prove_record(box.proving(), seq).ok()) << seq;
    }
    EXPECT_EQ(prove_record(box.proving(), first - 1).error().code, base::Code::Corrupt);
    EXPECT_TRUE(check_tiles(box.proving()).ok()) << check_tiles(box.proving()).error().message;
  }
  EXPECT_GE(tried, 2U);
}

TEST_F(Retention, KeepsWhatIsNotOlderThanItWasAsked) {
  PrunedBox& box = grown();
  const auto segments = box.segments();
  box.question.before = "2026-01-02T03:04";
  EXPECT_EQ(*box.prune(), 0U);
  // The second epoch is a day younger.
  box.question.before = "2026-01-03";
  EXPECT_GT(*box.prune(), 0U);
  EXPECT_GT(box.segments().size(), 1U);
  EXPECT_LT(box.segments().size(), segments.size());
}

TEST_F(Retention, RemovesNothingThatIsNotSigned) {
  PrunedBox& box = grown();
  box.grow(30);
  const auto planned = plan_prune(box.box.files, box.question);
  ASSERT_TRUE(planned.ok()) << planned.error().message;
  const std::optional<PrunePlan>& plan = *planned;
  if (!plan) FAIL() << "nothing to remove";
  const uint64_t signed_size = open_proving(box.proving())->checkpoint.size;
  EXPECT_LT(plan->prefix.upto(), signed_size);

  ASSERT_TRUE(box.allow(*plan).ok());
  const Files before = box.box.files.contents();
  EXPECT_EQ(remove_pruned(box.box.files, box.question, plan->prefix).error().code,
            base::Code::Conflict);
  EXPECT_EQ(box.box.files.contents(), before);
}

TEST_F(Retention, RemovesNothingUnderAHold) {
  PrunedBox& box = grown();
  const LegalHold hold{.name = "case-7", .stream = "", .code = "litigation"};
  ASSERT_TRUE(box.say(hold_event(hold, true)).ok());
  const auto refused = box.prune();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::Code::Denied);
  EXPECT_NE(refused.error().message.find("case-7"), std::string::npos);
  ASSERT_TRUE(box.say(hold_event({.name = "other", .stream = "", .code = ""}, false)).ok());
  EXPECT_FALSE(box.prune().ok());
  ASSERT_TRUE(box.say(hold_event(hold, false)).ok());
  ASSERT_TRUE(box.say(hold_event({.name = "case-8", .stream = "tools", .code = ""}, true)).ok());
  EXPECT_TRUE(box.prune().ok());
}

TEST_F(Retention, RemovesNothingFromALedgerThatIsViolated) {
  PrunedBox& box = grown();
  const std::string path = kFolder + "/seg/" + segment_name(0);
  std::string log = box.box.files.contents()[path];
  log[log.find("alice")] = 'A';
  box.box.files.put(path, log);
  EXPECT_EQ(box.prune().error().code, base::Code::Corrupt);
  box.question.stream = "operator";
  EXPECT_EQ(box.prune().error().code, base::Code::Invalid);
}

TEST_F(Retention, RemovesNothingOfWhichAnEpochWasNotSignedToItsEnd) {
  PrunedBox& box = grown();
  for (const char* name : {"/epoch-000000.end", "/checkpoints.log"}) {
    ASSERT_TRUE(box.box.files.remove(kFolder + name).ok());
  }
  ASSERT_EQ(box.verdict().exit_code(), 2) << box.verdict().text();
  EXPECT_EQ(box.prune().error().code, base::Code::Corrupt);
}

TEST_F(Retention, DoesNotStartBehindMissingRecordsThatNothingAllows) {
  PrunedBox& box = grown();
  ASSERT_TRUE(box.prune().ok());
  const Files pruned = box.box.files.contents();
  for (const auto& [path, content] : pruned) {
    if (!path.starts_with("/data/audit/operator/") || path.ends_with("/reserve")) continue;
    if (!path.ends_with("/checkpoint") && !path.ends_with(".jsonl")) continue;
    PrunedBox damaged = copy(pruned);
    std::string changed = content;
    changed[changed.size() / 2] ^= 1;
    damaged.box.files.put(path, changed);
    const auto opened = damaged.box.open();
    ASSERT_FALSE(opened.ok()) << path;
    EXPECT_TRUE(opened.error().message.starts_with("INTEGRITY")) << opened.error().message;
  }
}

TEST_F(Retention, StartsAlthoughACrashLeftHalfARecordInOperator) {
  PrunedBox& box = grown();
  ASSERT_TRUE(box.prune().ok());
  const std::string path = "/data/audit/operator/seg/" + segment_name(0);
  box.box.files.put(path, box.box.files.contents()[path] + R"({"act":"log.)");
  EXPECT_TRUE(box.box.open().ok());
  const LedgerReport report = box.verdict();
  EXPECT_FALSE(report.streams.at(0).violation.has_value()) << report.text();
  EXPECT_EQ(report.exit_code(), 1);
  ASSERT_TRUE(box.say(hold_event({.name = "x", .stream = "", .code = ""}, true)).ok());
  EXPECT_TRUE(box.verdict().intact()) << box.verdict().text();
}

TEST_F(Retention, MakesTilesAgainFromWhatWasKept) {
  PrunedBox& box = grown();
  ASSERT_TRUE(box.prune().ok());
  for (const auto& [path, content] : box.box.files.contents()) {
    if (path.starts_with(kFolder + "/tile/")) box.box.files.put(path, "");
  }
  EXPECT_FALSE(check_tiles(box.proving()).ok());
  box.grow(3);
  ASSERT_TRUE(box.sign().ok());
  EXPECT_TRUE(box.told.empty()) << box.told.front();
  EXPECT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
  EXPECT_TRUE(rebuild_tiles(box.proving()).ok());
  EXPECT_TRUE(check_tiles(box.proving()).ok()) << check_tiles(box.proving()).error().message;
}

TEST_F(Retention, TellsOfATornTailOnceAlthoughTheRecordOfItWasPruned) {
  PrunedBox& box = grown();
  const std::string path = kFolder + "/seg/" + segment_name(box.segments().back());
  box.box.files.put(path, box.box.files.contents()[path] + R"({"act":"log.)");
  box.grow(12);
  ASSERT_TRUE(box.sign().ok());
  ASSERT_EQ(std::ranges::count(box.gateway().notes, Verdict::RecoveredTornTail, &Finding::verdict),
            1);
  ASSERT_TRUE(box.prune().ok());
  box.grow(1);
  EXPECT_EQ(std::ranges::count(box.gateway().notes, Verdict::RecoveredTornTail, &Finding::verdict),
            0);
}

/// Every fourth operation each, to share the time.
class InterruptedPrune : public Retention, public ::testing::WithParamInterface<uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Each, InterruptedPrune, ::testing::Values(0, 1, 2, 3));

TEST_P(InterruptedPrune, LeavesAnIntactLedgerAfterAPowerCutAndEndsAtTheNextAttempt) {
  const Files whole = grown().box.files.contents();
  const uint64_t last = grown_->segments().back();
  PrunedBox rehearsal = copy(whole);
  ASSERT_TRUE(rehearsal.prune().ok());
  const uint64_t operations = rehearsal.box.files.operations();
  for (uint64_t cut = GetParam(); cut < operations; cut += 4) {
    SCOPED_TRACE(cut);
    PrunedBox box = copy(whole);
    box.box.files.fail_at(box.box.files.operations() + cut, Fault::PowerCut);
    (void)box.prune();
    box.box.files.power_on(cut * 7 + 1);
    // The writers mend what a crash leaves at the ends of their streams.
    ASSERT_TRUE(box.say(hold_event({.name = "case-9", .stream = "tools", .code = ""}, true)).ok());
    ASSERT_TRUE(box.sign().ok());
    ASSERT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
    ASSERT_TRUE(box.box.open().ok());
    const auto again = box.prune();
    ASSERT_TRUE(again.ok()) << again.error().message;
    ASSERT_EQ(box.segments().front(), last);
    ASSERT_EQ(box.verdict().exit_code(), 0) << box.verdict().text();
  }
}

}  // namespace
}  // namespace srasta::audit
