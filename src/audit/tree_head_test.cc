// What a writer signs about its stream, and how that binds it at the next start.
#include "audit/epoch.h"
#include "audit/epoch_keys.h"
#include "audit/installation_test.h"
#include "audit/signed_head.h"
#include "audit/stored_line.h"
#include "tlog/compact_range.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using Fault = testing::FaultyFiles::Fault;

const std::string kFolder = "/data/audit/gateway";
constexpr std::string_view kOrigin = "inst-1/gateway";

std::optional<SignedHead> read(Installation& box, const std::string& name) {
  auto head = read_head(box.files, kFolder + "/" + name, kOrigin);
  EXPECT_TRUE(head.ok()) << name << ": " << (head.ok() ? "" : head.error().message);
  return head.ok() ? *std::move(head) : std::nullopt;
}

/// The root of the first `size` records, from the hashes in their lines.
crypto::Digest root_of(const Installation& box, uint64_t size) {
  tlog::CompactRange tree;
  const std::string log = box.log();
  for (size_t at = 0; at < log.size() && tree.size() < size;) {
    const size_t end = log.find('\n', at);
    const auto record = parse_stored_record(std::string_view(log).substr(at, end - at));
    EXPECT_TRUE(record.has_value());
    if (record) tree.append(record->leaf);
    at = end + 1;
  }
  EXPECT_EQ(tree.size(), size);
  return tree.root();
}

void expect_signed(Installation& box, const std::string& name, uint64_t size, uint64_t epoch) {
  const auto head = read(box, name);
  ASSERT_TRUE(head.has_value()) << name;
  EXPECT_EQ(head->checkpoint.size, size);
  EXPECT_EQ(head->checkpoint.root, root_of(box, size));
  const auto key = EpochKeys(box.files, kFolder, std::string(kOrigin)).load_public(epoch);
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_TRUE(is_signed_by(*head, *key));
}

uint64_t size_of_head(Installation& box) {
  const auto head = read(box, "head");
  return head ? head->checkpoint.size : 0;
}

bool exists(const Installation& box, const std::string& name) {
  return box.files.contents().contains(kFolder + "/" + name);
}

/// Lets a writer live through `epochs` changes of its key, with a record in each.
void live_through(Installation& box, uint64_t epochs) {
  auto ledger = box.open();
  if (!ledger) return;
  for (uint64_t i = 0; i < epochs; ++i) {
    Installation::append_durably(**ledger, 1);
    box.clock.advance(box.settings.epoch_age);
    const std::string begun = "\"data\":{\"epoch\":" + std::to_string(i + 1) + ",";
    // Where a power cut keeps it from coming, nobody waits long.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
    while (box.log().find(begun) == std::string::npos &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  }
  Installation::append_durably(**ledger, 1);
}

TEST(TreeHead, IsSignedAtStartAndAtTheEnd) {
  Installation box;
  {
    auto ledger = *box.open();
    expect_signed(box, "head", 1, 0);
    Installation::append_durably(*ledger, 3);
  }
  expect_signed(box, "head", 5, 0);
}

TEST(TreeHead, IsSignedEverySecondWhileTheStreamGrows) {
  Installation box;
  auto ledger = *box.open();
  Installation::append_durably(*ledger, 3);
  box.clock.advance(base::Seconds(1));
  EXPECT_TRUE(eventually([&] { return size_of_head(box) == 4; }));
  Installation::append_durably(*ledger, 1);
  EXPECT_EQ(size_of_head(box), 4U);
  box.clock.advance(base::Seconds(1));
  EXPECT_TRUE(eventually([&] { return size_of_head(box) == 5; }));
}

TEST(TreeHead, IsSignedAfterSoManyRecords) {
  Installation box;
  box.settings.head_records = 3;
  auto ledger = *box.open();
  box.clock.advance(base::Seconds(1));
  Installation::append_durably(*ledger, 1);
  EXPECT_TRUE(eventually([&] { return size_of_head(box) == 2; }));
  Installation::append_durably(*ledger, 3);
  EXPECT_TRUE(eventually([&] { return size_of_head(box) == 5; }));
}

TEST(TreeHead, ChangesItsKeyWithTheEpoch) {
  Installation box;
  live_through(box, 2);

  // genesis, r, epoch 1, r, epoch 2, r, close
  expect_signed(box, "epoch-000000.end", 3, 0);
  expect_signed(box, "epoch-000001.end", 5, 1);
  expect_signed(box, "head", 7, 2);
  EXPECT_FALSE(exists(box, "epoch-000000.key"));
  EXPECT_FALSE(exists(box, "epoch-000001.key"));
  EXPECT_TRUE(exists(box, "epoch-000002.key"));
  ASSERT_TRUE(box.open().ok());
  expect_signed(box, "head", 9, 2);
}

TEST(TreeHead, ChangesItsKeyAcrossStarts) {
  Installation box;
  {
    Installation::append_durably(**box.open(), 1);
  }
  box.clock.advance(box.settings.epoch_age);
  {
    auto ledger = *box.open();
    EXPECT_TRUE(eventually([&] { return exists(box, "epoch-000000.end"); }));
  }
  expect_signed(box, "head", 6, 1);
}

TEST(TreeHead, SurvivesAPowerCutAtAnyOperationOfAnEpochsChange) {
  uint64_t operations = 0;
  {
    Installation box;
    live_through(box, 2);
    operations = box.files.operations() + 5;
  }
  for (uint64_t cut = 0; cut < operations; ++cut) {
    SCOPED_TRACE("operation " + std::to_string(cut));
    Installation box;
    box.settings.must_wait = base::Millis(50);
    box.files.fail_at(cut, Fault::PowerCut);
    live_through(box, 2);
    box.files.power_on(cut);
    {
      const auto again = box.open();
      ASSERT_TRUE(again.ok()) << again.error().message;
    }
    uint64_t epoch = 0;
    while (exists(box, epoch_public_file(epoch + 1)) && exists(box, epoch_end_file(epoch))) {
      EXPECT_FALSE(exists(box, epoch_private_file(epoch)));
      ++epoch;
    }
    const auto head = read(box, "head");
    ASSERT_TRUE(head.has_value());
    ASSERT_NO_FATAL_FAILURE(expect_signed(box, "head", head->checkpoint.size, epoch));
  }
}

TEST(TreeHead, ChangesItsKeyOnceThoughAnyOperationOfTheChangeFails) {
  for (uint64_t failing = 0; failing < 40; ++failing) {
    SCOPED_TRACE("operation " + std::to_string(failing));
    Installation box;
    {
      auto ledger = *box.open();
      Installation::append_durably(*ledger, 1);
      box.files.fail_at(box.files.operations() + failing, Fault::Io);
      box.clock.advance(box.settings.epoch_age);
      ASSERT_TRUE(eventually([&] { return !exists(box, epoch_private_file(0)); }));
      box.files.forget_faults();
      // A failure that was met just now is told to the next producer.
      EXPECT_TRUE(eventually([&] { return Installation::append_durably(*ledger, 1) == 1; }));
    }
    EXPECT_FALSE(exists(box, epoch_public_file(2)));
    ASSERT_EQ(box.verdict(), "OK");
    ASSERT_TRUE(box.open().ok());
  }
}

TEST(BoundHead, LetsNothingSignedBeCutAway) {
  Installation original;
  {
    Installation::append_durably(**original.open(), 4);
  }
  const std::string log = original.log();
  for (size_t size = 0; size < log.size(); size += size < 40 ? 1 : 37) {
    SCOPED_TRACE("cut at " + std::to_string(size));
    Installation box;
    for (const auto& [path, content] : original.files.contents()) box.files.put(path, content);
    box.files.put(Installation::segment_path("0"), log.substr(0, size));
    const auto before = box.files.contents();
    const auto opened = box.open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, base::Code::Corrupt);
    EXPECT_TRUE(opened.error().message.starts_with("INTEGRITY: ")) << opened.error().message;
    EXPECT_EQ(box.log(), log.substr(0, size));
    EXPECT_EQ(before.at(kFolder + "/head"), box.files.contents().at(kFolder + "/head"));
  }
}

TEST(BoundHead, IsNotContinuedByOtherRecords) {
  Installation original;
  {
    Installation::append_durably(**original.open(), 4);
  }
  Installation other;
  for (const auto& [path, content] : original.files.contents()) {
    if (!path.ends_with(".jsonl") && !path.ends_with("/head")) other.files.put(path, content);
  }
  other.clock.advance(base::Seconds(1));
  {
    Installation::append_durably(**other.open(), 4);
  }
  other.files.put(kFolder + "/head", original.files.contents().at(kFolder + "/head"));
  EXPECT_EQ(other.open().error().code, base::Code::Corrupt);
}

TEST(BoundHead, MustBeAHeadOfThisStreamAndItsKey) {
  Installation original;
  {
    Installation::append_durably(**original.open(), 2);
  }
  const auto stranger =
      tlog::SignerKey::make(epoch_key_name(kOrigin, 0), tlog::SignatureType::Ed25519,
                            *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  const auto forged = sign_head(kOrigin, 4, root_of(original, 4), *stranger);
  for (const std::string& head :
       {std::string(), std::string("no note"), tlog::write_note(forged->note)}) {
    Installation box;
    for (const auto& [path, content] : original.files.contents()) box.files.put(path, content);
    box.files.put(kFolder + "/head", head);
    EXPECT_EQ(box.open().error().code, base::Code::Corrupt) << head;
  }
}

TEST(EpochKey, ThatVanishedKeepsTheStreamFromBeingContinued) {
  for (const char* name : {"epoch-000000.key", "epoch-000000.pub"}) {
    Installation box;
    {
      Installation::append_durably(**box.open(), 2);
    }
    ASSERT_TRUE(box.files.remove(kFolder + "/" + name).ok());
    const std::string log = box.log();
    EXPECT_EQ(box.open().error().code, base::Code::Corrupt) << name;
    EXPECT_EQ(box.log(), log);
    EXPECT_FALSE(exists(box, name));
  }
}

constexpr std::string_view kSecondEpoch = R"("data":{"epoch":1,)";

TEST(Clock, ThatWasSetIsInTheLog) {
  Installation box;
  auto ledger = *box.open();
  Installation::append_durably(*ledger, 1);
  const auto has_step = [&] {
    return box.log().find(R"({"act":"log.clock.step",)") != std::string::npos;
  };
  EXPECT_FALSE(has_step());
  box.clock.set_wall(-base::Seconds(3'600));
  EXPECT_TRUE(eventually(has_step));
  EXPECT_NE(box.log().find(R"("data":{"after":"2026-01-02T02:04:05)"), std::string::npos);
  EXPECT_NE(box.log().find(R"("before":"2026-01-02T03:04:05)"), std::string::npos);
}

constexpr base::Seconds kTenYears{10 * 365 * 86'400};

TEST(Clock, SetBackByTenYearsKeepsNoKeyForLonger) {
  Installation box;
  auto ledger = *box.open();
  Installation::append_durably(*ledger, 1);
  box.clock.set_wall(-kTenYears);
  box.clock.advance(box.settings.epoch_age);
  EXPECT_TRUE(eventually([&] { return box.log().find(kSecondEpoch) != std::string::npos; }));
}

TEST(Clock, SetTenYearsAheadBeginsAnEpochAndNoTamperVerdict) {
  Installation box;
  {
    auto ledger = *box.open();
    Installation::append_durably(*ledger, 1);
    box.clock.set_wall(kTenYears);
    EXPECT_TRUE(eventually([&] { return box.log().find(kSecondEpoch) != std::string::npos; }));
    Installation::append_durably(*ledger, 1);
  }
  EXPECT_TRUE(box.open()) << "a start verifies what is there";
  EXPECT_NE(box.log().find(R"({"act":"log.clock.step",)"), std::string::npos);
}

}  // namespace
}  // namespace srasta::audit
