#include "witness/cosigner.h"

#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "witness/testing/small_log.h"

#include <array>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::witness {
namespace {

using testing::FaultyFiles;

/// A witness on files that a test can fail, and that can be started again.
class Witness {
 public:
  explicit Witness(std::vector<tlog::VerifierKey> logs) : logs_(std::move(logs)) { start(); }

  void start() {
    cosigner_.reset();
    folder_ = std::make_unique<Folder>(files, "w");
    ASSERT_TRUE(folder_->lock().ok());
    auto key = folder_->open_key("", "host/witness");
    ASSERT_TRUE(key.ok()) << key.error().message;
    cosigner_ = std::make_unique<Cosigner>(*folder_, clock, *std::move(key));
    const auto watched = cosigner_->watch(logs_);
    ASSERT_TRUE(watched.ok()) << watched.error().message;
  }
  void stop() {
    cosigner_.reset();
    folder_.reset();
  }

  Answer ask(const std::string& body) { return cosigner_->add_checkpoint(body); }
  [[nodiscard]] Cosigner& cosigner() { return *cosigner_; }

  /// Whether `answer` is a right cosignature of the checkpoint of `size`.
  [[nodiscard]] bool cosigned(const Answer& answer, const SmallLog& log, size_t size) const {
    const auto lines = tlog::parse_signature_lines(answer.body);
    if (answer.status != 200 || !lines) return false;
    const tlog::Note note{.text = log.note(size).text, .signatures = *lines};
    const auto verified = tlog::verify_note(note, std::array{cosigner_->key()});
    return verified && verified->size() == 1 && verified->front().time == 1767323045U;
  }

  FaultyFiles files;
  testing::ManualClock clock;

 private:
  std::vector<tlog::VerifierKey> logs_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<Cosigner> cosigner_;
};

TEST(Cosigner, CosignsALogThatOnlyGrows) {
  const SmallLog log;
  Witness witness({log.key()});
  size_t last = 0;
  for (const size_t size : std::array<size_t, 5>{1, 2, 7, 8, 40}) {
    EXPECT_TRUE(witness.cosigned(witness.ask(log.request(last, size)), log, size)) << size;
    last = size;
  }
  // The same again, and after a start.
  EXPECT_TRUE(witness.cosigned(witness.ask(log.request(40, 40)), log, 40));
  witness.start();
  EXPECT_TRUE(witness.cosigned(witness.ask(log.request(40, 40)), log, 40));
}

TEST(Cosigner, AnswersWithTheStatusesOfTheStandard) {
  const SmallLog log("o");
  const SmallLog stranger("p");
  const SmallLog impostor("o");
  const SmallLog fork = log.forked_at(3);
  Witness witness({log.key()});
  ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);

  struct Case {
    const char* what;
    std::string body;
    int status;
    std::string answer;
  };
  for (const Case& each : {
           Case{"garbage", "garbage", 400, ""},
           Case{"nothing", "", 400, ""},
           Case{"old above new", log.request(6, {}, log.note(5)), 400, ""},
           Case{"another log", stranger.request(0, 5), 404, ""},
           Case{"another key", impostor.request(5, 6), 403, ""},
           Case{"first again", log.request(0, 6), 409, "5\n"},
           Case{"rollback", log.request(3, 4), 409, "5\n"},
           Case{"ahead of us", log.request(7, 9), 409, "5\n"},
           Case{"a fork of this size", fork.request(5, 5), 409, ""},
           Case{"a fork that grew", fork.request(5, 9), 422, ""},
           Case{"no proof", SmallLog::request(5, {}, log.note(9)), 422, ""},
           Case{"another proof", SmallLog::request(5, log.proof(4, 9), log.note(9)), 422, ""},
       }) {
    const Answer answer = witness.ask(each.body);
    EXPECT_EQ(answer.status, each.status) << each.what << ": " << answer.body;
    const bool conflict = answer.content_type == tlog::kConflictContentType;
    EXPECT_EQ(conflict, !each.answer.empty()) << each.what;
    if (conflict) EXPECT_EQ(answer.body, each.answer) << each.what;
    EXPECT_FALSE(tlog::parse_signature_lines(answer.body).ok()) << each.what;
  }
  EXPECT_EQ(witness.ask(log.request(5, 9)).status, 200);
}

TEST(Cosigner, KeepsTheNoteThatItCosigned) {
  const SmallLog log("o");
  Witness witness({log.key()});
  tlog::Note note = log.note(5);
  note.signatures.push_back(*tlog::sign_text(note.text, tlog::new_signer("somebody")));
  ASSERT_EQ(witness.ask(SmallLog::request(0, {}, note)).status, 200);
  const auto kept = tlog::parse_note(witness.files.contents().at("w/state/o"));
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->signatures.size(), 2U);
  const auto verified = tlog::verify_note(*kept, std::array{log.key(), witness.cosigner().key()});
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->size(), 2U);
}

/// A step that fails leaves no cosignature, and a witness that goes on as if nothing had been
/// asked.
TEST(Cosigner, LetsNothingOutThatIsNotDurable) {
  const SmallLog log;
  for (uint64_t step = 0;; ++step) {
    Witness witness({log.key()});
    ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
    const uint64_t before = witness.files.operations();
    witness.files.fail_at(before + step, FaultyFiles::Fault::Io);
    const Answer answer = witness.ask(log.request(5, 9));
    if (witness.files.operations() <= before + step) {
      EXPECT_EQ(answer.status, 200);
      EXPECT_GE(step, 5U) << "append, sync, rename and the folder's sync are steps";
      return;
    }
    if (step == 0) continue;  // no draft is there to be removed: not a failure
    EXPECT_EQ(answer.status, 500) << step;
    EXPECT_FALSE(tlog::parse_signature_lines(answer.body).ok()) << step;
    witness.files.forget_faults();
    EXPECT_TRUE(witness.cosigned(witness.ask(log.request(5, 9)), log, 9)) << step;
  }
}

/// Whatever of the unsynced bytes a power cut leaves: who has a cosignature finds it remembered.
TEST(Cosigner, IsNeverBehindItsCosignaturesAfterAPowerCut) {
  const SmallLog log;
  const SmallLog fork = log.forked_at(4);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (uint64_t step = 0; step < 12; ++step) {
      Witness witness({log.key()});
      ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
      witness.files.fail_at(witness.files.operations() + step, FaultyFiles::Fault::PowerCut);
      size_t last = 5;
      if (witness.ask(log.request(5, 9)).status == 200) last = 9;
      if (last == 9 && witness.ask(log.request(9, 12)).status == 200) last = 12;
      witness.stop();
      witness.files.forget_faults();
      witness.files.power_on(seed);
      witness.start();
      const Answer refused = witness.ask(fork.request(4, 20));
      ASSERT_EQ(refused.status, 409);
      const auto size = tlog::parse_conflict_body(refused.body);
      ASSERT_TRUE(size.ok());
      EXPECT_GE(*size, last) << "seed " << seed << " step " << step;
      EXPECT_EQ(witness.ask(fork.request(*size, 20)).status, 422);
      EXPECT_EQ(witness.ask(log.request(*size, 20)).status, 200);
    }
  }
}

TEST(Cosigner, DecidesOneOfTwoHistoriesThatComeAtOnce) {
  for (int round = 0; round < 50; ++round) {
    const SmallLog log;
    const SmallLog fork = log.forked_at(6);
    Witness witness({log.key()});
    ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
    std::array<Answer, 2> answers;
    {
      const std::jthread one([&] { answers[0] = witness.ask(log.request(5, 9)); });
      const std::jthread other([&] { answers[1] = witness.ask(fork.request(5, 9)); });
    }
    EXPECT_EQ((answers[0].status == 200) + (answers[1].status == 200), 1);
    EXPECT_EQ((answers[0].status == 409) + (answers[1].status == 409), 1);
  }
}

/// The same with a disk that takes its time: the second history arrives while the first is on its
/// way to it.
TEST(Cosigner, DecidesBetweenHistoriesByWhatIsOnTheDisk) {
  const SmallLog log;
  const SmallLog fork = log.forked_at(6);
  Witness witness({log.key()});
  ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
  std::array<Answer, 2> answers;
  auto held = witness.files.hold_syncs();
  {
    const std::jthread one([&] { answers[0] = witness.ask(log.request(5, 9)); });
    const std::string draft = "w/state/" + file_name_of(log.origin()) + ".new";
    // Behind the draft's bytes comes its sync, and that is held.
    while (witness.files.contents()[draft].empty()) std::this_thread::yield();
    const uint64_t before = witness.files.operations();
    const std::jthread other([&] { answers[1] = witness.ask(fork.request(5, 9)); });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    while (witness.files.operations() == before && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
    EXPECT_EQ(witness.files.operations(), before) << "the second one did not wait";
    held.reset();
  }
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[1].status, 409);
}

TEST(Cosigner, CosignsNothingInAFolderThatIsNotItsOwnAnyMore) {
  const SmallLog log;
  Witness witness({log.key()});
  ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
  ASSERT_TRUE(witness.files.remove("w/LOCK").ok());
  EXPECT_EQ(witness.ask(log.request(5, 9)).status, 500);
  Folder successor(witness.files, "w");
  ASSERT_TRUE(successor.lock().ok());
  EXPECT_EQ(witness.ask(log.request(5, 9)).status, 500);
}

TEST(Cosigner, ForgetsNothingOfALogThatIsWatchedAgain) {
  const SmallLog log("o");
  const SmallLog other("p");
  Witness witness({log.key()});
  ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
  ASSERT_TRUE(witness.cosigner().watch({other.key()}).ok());
  EXPECT_EQ(witness.cosigner().logs(), 1U);
  EXPECT_EQ(witness.ask(log.request(5, 9)).status, 404);
  EXPECT_EQ(witness.ask(other.request(0, 3)).status, 200);
  ASSERT_TRUE(witness.cosigner().watch({other.key(), log.key()}).ok());
  EXPECT_EQ(witness.ask(log.request(0, 9)).status, 409);
  EXPECT_EQ(witness.ask(log.request(5, 9)).status, 200);
}

TEST(Cosigner, TakesEitherKeyOfALogThatHasTwo) {
  const SmallLog log("o");
  const auto next = tlog::new_signer("o");
  Witness witness({log.key(), next.verifier()});
  EXPECT_EQ(witness.ask(log.request(0, 5)).status, 200);
  EXPECT_EQ(witness.ask(SmallLog::request(5, log.proof(5, 9), log.note(9, next))).status, 200);
}

TEST(Cosigner, DoesNotStartOnADamagedState) {
  const SmallLog log("o");
  Witness witness({log.key()});
  ASSERT_EQ(witness.ask(log.request(0, 5)).status, 200);
  const std::string good = witness.files.contents().at("w/state/o");
  witness.files.put("w/state/o", good.substr(0, good.size() / 2));
  Folder folder(witness.files, "w");
  Cosigner fresh(folder, witness.clock, tlog::new_signer("x", tlog::SignatureType::CosignatureV1));
  const auto refused = fresh.watch({log.key()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::Code::Corrupt);
  EXPECT_EQ(fresh.logs(), 0U);
}

}  // namespace
}  // namespace srasta::witness
