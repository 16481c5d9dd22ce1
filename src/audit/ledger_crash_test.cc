// What a crash, a power cut or a failing disk leaves behind: everything that was acknowledged is
// there afterwards, and nobody is accused of tampering.
#include "audit/installation_test.h"
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using Fault = testing::FaultyFiles::Fault;

/// A short life of a gateway: start, some records of both kinds over several segments, stop.
/// Returns the hash of each record that was acknowledged, or shown to other services as the head.
std::vector<std::string> live(Installation& box) {
  std::vector<std::string> acknowledged;
  box.settings.segment_bytes = 2500;
  box.settings.must_wait = base::Millis(5000);
  auto ledger = box.open();
  if (!ledger) return acknowledged;
  for (int i = 0; i < 6; ++i) {
    (void)(*ledger)->append(inference_event(Label(std::string_view("should"))));
    Reply reply;
    (*ledger)->append_durable(inference_event(Label(std::string_view("must"))), reply.completion());
    const auto receipt = reply.get();
    if (receipt) acknowledged.push_back(base::to_hex(crypto::bytes_of(receipt->leaf)));
    acknowledged.push_back(base::to_hex(crypto::bytes_of((*ledger)->head().leaf)));
  }
  return acknowledged;
}

void expect_all_there(Installation& box, const std::vector<std::string>& acknowledged) {
  ASSERT_EQ(box.verdict(), "OK");
  const std::string log = box.log();
  for (const std::string& hash : acknowledged) {
    ASSERT_NE(log.find(R"("h":")" + hash), std::string::npos) << "an acknowledged record is gone";
  }
}

uint64_t operations_of_a_life() {
  Installation box;
  live(box);
  return box.files.operations() + 10;
}

TEST(LedgerCrash, LosesNothingAcknowledgedByAPowerCutAtAnyOperation) {
  const uint64_t operations = operations_of_a_life();
  for (uint64_t cut = 0; cut < operations; ++cut) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(cut) + ", seed " + std::to_string(seed));
      Installation box;
      box.files.fail_at(cut, Fault::PowerCut);
      const auto acknowledged = live(box);
      box.files.power_on(cut * 100 + seed);
      const auto again = box.open();
      ASSERT_TRUE(again.ok()) << again.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_all_there(box, acknowledged));
    }
  }
}

TEST(LedgerCrash, KeepsWhatAStartFoundUnsyncedAfterAKill) {
  const uint64_t operations = operations_of_a_life();
  for (uint64_t cut = 0; cut < operations; ++cut) {
    SCOPED_TRACE("killed at operation " + std::to_string(cut));
    Installation box;
    box.files.fail_at(cut, Fault::PowerCut);
    auto shown = live(box);
    box.files.kill_program();
    auto again = box.open();
    ASSERT_TRUE(again.ok()) << again.error().message;
    shown.push_back(base::to_hex(crypto::bytes_of((*again)->head().leaf)));
    box.files.fail_at(box.files.operations(), Fault::PowerCut);
    again->reset();
    box.files.power_on(cut);
    const auto last = box.open();
    ASSERT_TRUE(last.ok()) << last.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_all_there(box, shown));
  }
}

TEST(LedgerCrash, SurvivesPowerCutsWhileItRecovers) {
  testing::SeededEntropy dice(11);
  const uint64_t operations = operations_of_a_life();
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Installation box;
    box.files.fail_at(dice.below(operations), Fault::PowerCut);
    auto acknowledged = live(box);
    for (int again = 0; again < 3; ++again) {
      box.files.power_on(dice.below(1'000'000));
      box.files.fail_at(box.files.operations() + dice.below(24), Fault::PowerCut);
      for (std::string& hash : live(box)) acknowledged.push_back(std::move(hash));
    }
    box.files.power_on(dice.below(1'000'000));
    const auto healed = box.open();
    ASSERT_TRUE(healed.ok()) << healed.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_all_there(box, acknowledged));
    for (const auto& [path, content] : box.files.contents()) {
      if (!path.ends_with(".torn")) continue;
      const std::string digest = path.substr(path.size() - 69, 64);
      ASSERT_NE(box.log().find(R"("sha256":")" + digest), std::string::npos)
          << "a quarantined tail that no record tells of";
    }
  }
}

TEST(LedgerCrash, GoesOnAfterOneFailureOfAnyOperation) {
  const uint64_t operations = operations_of_a_life();
  for (uint64_t failing = 0; failing < operations; ++failing) {
    SCOPED_TRACE("operation " + std::to_string(failing));
    Installation box;
    box.files.fail_at(failing, Fault::Io);
    const auto acknowledged = live(box);
    box.files.forget_faults();
    const auto again = box.open();
    ASSERT_TRUE(again.ok()) << again.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_all_there(box, acknowledged));
  }
}

TEST(LedgerCrash, StaysWholeWhenTheDiskFillsUpAtAnyByte) {
  constexpr size_t kMoreThanTwoRecords = 1400;
  for (const bool without_reserve : {false, true}) {
    for (size_t bytes = 0; bytes < kMoreThanTwoRecords; bytes += bytes < 700 ? 1 : 13) {
      SCOPED_TRACE("room for " + std::to_string(bytes));
      Installation box;
      auto ledger = *box.open();
      box.files.limit_space(box.files.stored() + bytes -
                            (without_reserve ? box.settings.reserve_bytes : 0));
      Reply first;
      Reply second;
      ledger->append_durable(inference_event(Label(std::string_view("a"))), first.completion());
      (void)ledger->append(inference_event(Label(std::string_view("b"))));
      ledger->append_durable(inference_event(Label(std::string_view("c"))), second.completion());
      std::vector<std::string> acknowledged;
      for (Reply* reply : {&first, &second}) {
        const auto receipt = reply->get();
        if (receipt) acknowledged.push_back(base::to_hex(crypto::bytes_of(receipt->leaf)));
      }
      box.files.limit_space(std::nullopt);
      ASSERT_TRUE(eventually([&] { return ledger->healthy(); }));
      ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());
      ASSERT_NE(box.log().find(R"("rid":"b")"), std::string::npos);
      ASSERT_NO_FATAL_FAILURE(expect_all_there(box, acknowledged));
    }
  }
}

TEST(LedgerCrash, CutsATailThatEndsAtAnyByteAndKeepsIt) {
  Installation original;
  {
    Installation::append_durably(**original.open(), 4);
  }
  const std::string log = original.log();
  for (size_t size = 1; size < log.size(); ++size) {
    SCOPED_TRACE("cut at " + std::to_string(size));
    Installation box;
    // As if no head had been signed yet.
    for (const auto& [path, content] : original.files.contents()) {
      if (path.ends_with(".pub") || path.ends_with(".key") || path.ends_with("/origin")) {
        box.files.put(path, content);
      }
    }
    box.files.put(Installation::segment_path("0"), log.substr(0, size));
    {
      ASSERT_TRUE(box.open().ok());
    }
    ASSERT_EQ(box.verdict(), "OK");
    const bool torn = log[size - 1] != '\n';
    ASSERT_EQ(box.log().find(R"("act":"log.recovered")") != std::string::npos, torn);
    const auto report = verify_ledger(box.files, box.settings.folder);
    ASSERT_EQ(report.streams[0].notes.size(), torn ? 1U : 0U);
  }
}

TEST(LedgerCrash, DoesNotCallMoreThanOneBatchATornTail) {
  Installation box;
  {
    Installation::append_durably(**box.open(), 4);
  }
  std::string log = box.log();
  const size_t size = log.size();
  log[size / 2] = static_cast<char>(log[size / 2] ^ 1);
  log.append(size_t{600} << 10, 'x');
  box.files.put(Installation::segment_path("0"), log);

  EXPECT_EQ(box.open().error().code, base::Code::Corrupt);
  EXPECT_EQ(box.log(), log);
}

}  // namespace
}  // namespace srasta::audit
