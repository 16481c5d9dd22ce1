// What the process beside the writers signs, and what it refuses to sign.
#include "audit/checkpointer.h"

#include "audit/epoch.h"
#include "audit/epoch_keys.h"
#include "audit/installation_test.h"
#include "audit/signed_head.h"
#include "tlog/proof.h"
#include "tlog/tile_reader.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using Fault = testing::FaultyFiles::Fault;

const std::string kFolder = "/data/audit/gateway";
constexpr std::string_view kOrigin = "inst-1/gateway";

class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest() {
    auto key = crypto::PrivateKey::generate(crypto::KeyType::Ed25519);
    log_key_ = key->to_pem();
  }

  std::unique_ptr<Checkpointer> open() {
    Checkpointer::Settings settings{.install = brisk_settings(), .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    settings.install.service = "up";
    settings.tell = [this](const std::string& line) { told_.push_back(line); };
    auto opened = Checkpointer::open(box_.files, box_.clock, box_.entropy, std::move(settings));
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  [[nodiscard]] tlog::VerifierKey log_key() {
    auto text = base::read_file(box_.files, "/data/audit/keys/log.pub", 1024);
    EXPECT_TRUE(text.ok());
    const auto key = tlog::VerifierKey::parse(text->substr(0, text->size() - 1));
    EXPECT_EQ(key->name(), "inst-1");
    return *tlog::VerifierKey::make(std::string(kOrigin), tlog::SignatureType::Ed25519,
                                    key->public_key());
  }

  std::optional<SignedHead> checkpoint() {
    auto head = read_head(box_.files, kFolder + "/checkpoint", kOrigin);
    return head.ok() ? *std::move(head) : std::nullopt;
  }

  void expect_checkpoint(uint64_t size, uint64_t epoch = 0) {
    const auto head = checkpoint();
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->checkpoint.size, size);
    EXPECT_TRUE(is_signed_by(*head, log_key()));
    const EpochKeys keys(box_.files, kFolder, std::string(kOrigin));
    EXPECT_TRUE(is_signed_by(*head, *keys.load_public(epoch)));
    tlog::TileReader tiles(size, [this](const std::string& path) {
      return base::read_file(box_.files, kFolder + "/" + path, 8192);
    });
    const auto root = tlog::tree_root(size, tiles);
    ASSERT_TRUE(root.ok()) << root.error().message;
    EXPECT_EQ(*root, head->checkpoint.root);
  }

  /// The records of the stream `install`.
  [[nodiscard]] std::string install_log() const {
    std::string all;
    for (const auto& [path, content] : box_.files.contents()) {
      if (path.starts_with("/data/audit/install/seg/")) all += content;
    }
    return all;
  }

  Installation box_;
  base::Secret log_key_;
  std::vector<std::string> told_;
};

TEST_F(CheckpointerTest, CountersignsWhatAWriterSigned) {
  auto ledger = *box_.open();
  auto checkpointer = open();
  checkpointer->look();
  expect_checkpoint(1);
  Installation::append_durably(*ledger, 3);
  checkpointer->look();
  expect_checkpoint(1);
  ASSERT_TRUE(ledger->close().ok());
  checkpointer->close();
  expect_checkpoint(5);
  EXPECT_TRUE(told_.empty()) << told_.front();
  EXPECT_NE(install_log().find(R"("size":5,"stream":"gateway"})"), std::string::npos);
  const auto of_install = read_head(box_.files, "/data/audit/install/checkpoint", "inst-1/install");
  ASSERT_TRUE(of_install.ok() && of_install->has_value());
  EXPECT_EQ((*of_install)->checkpoint.size, 4U);  // genesis, two checkpoints, close
}

TEST_F(CheckpointerTest, WritesFullTilesAndKeepsOnePartialTileOfEachLevel) {
  box_.settings.head_records = 1;
  auto ledger = *box_.open();
  auto checkpointer = open();
  for (int i = 0; i < 6; ++i) {
    Installation::append_durably(*ledger, 100);
    const uint64_t size = ledger->head().next_seq;
    ASSERT_TRUE(eventually([&] {
      const auto head = read_head(box_.files, kFolder + "/head", kOrigin);
      return head.ok() && *head && (*head)->checkpoint.size == size;
    }));
    checkpointer->look();
    expect_checkpoint(size);
  }
  std::vector<std::string> tiles;
  for (const auto& [path, content] : box_.files.contents()) {
    if (path.starts_with(kFolder + "/tile/")) tiles.push_back(path.substr(kFolder.size() + 1));
  }
  EXPECT_EQ(tiles, (std::vector<std::string>{"tile/0/000", "tile/0/001", "tile/0/002.p/89",
                                             "tile/1/000.p/2"}));
}

TEST_F(CheckpointerTest, GoesOnFromTilesOrWithoutThem) {
  for (const bool damaged : {false, true}) {
    {
      auto ledger = *box_.open();
      Installation::append_durably(*ledger, 300);
    }
    open()->close();
    if (damaged) {
      for (const auto& [path, content] : box_.files.contents()) {
        if (path.starts_with(kFolder + "/tile/")) box_.files.put(path, content.substr(1));
      }
    }
    {
      auto ledger = *box_.open();
      Installation::append_durably(*ledger, 3);
    }
    open()->close();
    EXPECT_TRUE(told_.empty()) << told_.front();
    const auto head = checkpoint();
    ASSERT_TRUE(head.has_value());
    expect_checkpoint(head->checkpoint.size);
  }
}

TEST_F(CheckpointerTest, FollowsTheEpochsOfAWriter) {
  auto checkpointer = open();
  for (uint64_t epoch = 0; epoch < 3; ++epoch) {
    {
      auto ledger = *box_.open();
      Installation::append_durably(*ledger, 1);
      if (epoch > 0) {
        EXPECT_TRUE(eventually([&] {
          return box_.files.contents().contains(kFolder + "/" + epoch_end_file(epoch - 1));
        }));
      }
    }
    if (epoch == 1) checkpointer = nullptr;
    if (!checkpointer) checkpointer = open();
    checkpointer->look();
    const auto head = checkpoint();
    ASSERT_TRUE(head.has_value());
    expect_checkpoint(head->checkpoint.size, epoch);
    box_.clock.advance(box_.settings.epoch_age);
  }
  EXPECT_TRUE(told_.empty()) << told_.front();
}

TEST_F(CheckpointerTest, SignsNoOtherRecordsThanThoseItSaw) {
  {
    Installation::append_durably(**box_.open(), 4);
  }
  auto checkpointer = open();
  checkpointer->look();
  const auto before = checkpoint();
  ASSERT_TRUE(before.has_value());

  // Somebody with the writer's key begins the stream anew and signs that.
  const auto stolen = EpochKeys(box_.files, kFolder, std::string(kOrigin)).load(0);
  ASSERT_TRUE(stolen.ok());
  for (const uint64_t size : {before->checkpoint.size, before->checkpoint.size - 1}) {
    const auto forged = sign_head(kOrigin, size, crypto::sha256("other records"), *stolen);
    ASSERT_TRUE(write_head(box_.files, kFolder + "/head", *forged).ok());
    checkpointer->look();
    checkpointer->look();
    EXPECT_EQ(checkpoint()->note, before->note);
  }
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_TRUE(told_[0].starts_with("audit: no checkpoint of gateway: ")) << told_[0];
  checkpointer->close();
  EXPECT_NE(install_log().find(R"({"act":"log.verify",)"), std::string::npos);
  EXPECT_NE(install_log().find(R"({"reason":"integrity","stream":"gateway"})"), std::string::npos);
}

TEST_F(CheckpointerTest, RecordsThatASinkLagsAndThatItHasCaughtUp) {
  auto checkpointer = open();
  checkpointer->record_lag({.sink = "siem", .stream = "gateway", .behind = 7});
  checkpointer->record_lag({.sink = "siem", .stream = "gateway", .behind = 0, .lagging = false});
  checkpointer->close();
  const std::string log = install_log();
  const size_t begun = log.find(R"({"behind":7,"sink":"siem","stream":"gateway"})");
  const size_t ended = log.find(R"({"behind":0,"sink":"siem","stream":"gateway"})");
  ASSERT_NE(begun, std::string::npos) << log;
  ASSERT_NE(ended, std::string::npos) << log;
  EXPECT_NE(log.find(R"("out":"error")", begun), std::string::npos);
  EXPECT_NE(log.find(R"("out":"ok")", ended), std::string::npos);
}

TEST_F(CheckpointerTest, RecordsThatAnEngineWasStartedAndHowItEnded) {
  auto checkpointer = open();
  checkpointer->record_engine({.upstream = "own", .process = 7});
  checkpointer->record_engine({.upstream = "own", .ended = true, .signal = 9});
  checkpointer->record_engine({.upstream = "own", .ended = true});
  checkpointer->close();
  const std::string log = install_log();
  EXPECT_NE(log.find(R"({"process":7,"upstream":"own"})"), std::string::npos) << log;
  const size_t killed = log.find(R"({"signal":9,"status":0,"upstream":"own"})");
  const size_t ended = log.find(R"({"signal":0,"status":0,"upstream":"own"})");
  ASSERT_NE(killed, std::string::npos) << log;
  ASSERT_NE(ended, std::string::npos) << log;
  EXPECT_LT(log.find(R"("out":"error")", killed), ended);
  EXPECT_NE(log.find(R"("out":"ok")", ended), std::string::npos);
}

TEST_F(CheckpointerTest, SignsNothingForAStrangersKeyOrRecordsThatAreNotThere) {
  auto ledger = *box_.open();
  auto checkpointer = open();
  checkpointer->look();
  const auto first = checkpoint();
  ASSERT_TRUE(first.has_value());
  const auto stranger =
      tlog::SignerKey::make(epoch_key_name(kOrigin, 0), tlog::SignatureType::Ed25519,
                            *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  const auto own = EpochKeys(box_.files, kFolder, std::string(kOrigin)).load(0);
  const auto forged = sign_head(kOrigin, 1, first->checkpoint.root, *stranger);
  const auto beyond = sign_head(kOrigin, 9, first->checkpoint.root, *own);
  for (const auto& head : {forged, beyond}) {
    ASSERT_TRUE(write_head(box_.files, kFolder + "/head", *head).ok());
    told_.clear();
    checkpointer.reset();
    checkpointer = open();
    checkpointer->look();
    EXPECT_EQ(told_.size(), 1U);
    EXPECT_EQ(checkpoint()->note, first->note);
  }
}

TEST_F(CheckpointerTest, CutsATornNoteOffItsLog) {
  {
    Installation::append_durably(**box_.open(), 1);
  }
  open()->close();
  const std::string path = kFolder + "/checkpoints.log";
  const std::string whole = box_.files.contents().at(path);
  for (size_t torn = 1; torn < whole.size(); torn += 7) {
    SCOPED_TRACE(torn);
    box_.files.put(path, whole + whole.substr(0, torn));
    {
      Installation::append_durably(**box_.open(), 1);
    }
    open()->close();
    const std::string now = box_.files.contents().at(path);
    EXPECT_TRUE(now.starts_with(whole));
    for (size_t at = 0; at < now.size();) {
      const size_t text = now.find("\n\n", at);
      const size_t end = now.find("\n\n", text + 2);
      ASSERT_NE(end, std::string::npos);
      EXPECT_TRUE(tlog::parse_note(std::string_view(now).substr(at, end + 1 - at)).ok());
      at = end + 2;
    }
    box_.files.put(path, whole);
  }
}

TEST_F(CheckpointerTest, CutsANoteOffItsLogOfWhichACrashLostTheFirstPages) {
  {
    Installation::append_durably(**box_.open(), 1);
  }
  open()->close();
  const std::string path = kFolder + "/checkpoints.log";
  const std::string whole = box_.files.contents().at(path);
  for (size_t lost = 1; lost < whole.size(); lost += 5) {
    SCOPED_TRACE(lost);
    box_.files.put(path, whole + std::string(lost, '\0') + whole.substr(lost));
    {
      Installation::append_durably(**box_.open(), 1);
    }
    open()->close();
    const LedgerReport report = verify_ledger(box_.files, "/data/audit");
    ASSERT_EQ(report.exit_code(), 0) << report.text();
    box_.files.put(path, whole);
  }
}

TEST_F(CheckpointerTest, HealsAfterAFailureOfAnyOperation) {
  for (uint64_t failing = 0; failing < 40; ++failing) {
    SCOPED_TRACE("operation " + std::to_string(failing));
    {
      Installation::append_durably(**box_.open(), 1);
    }
    auto checkpointer = open();
    box_.files.fail_at(box_.files.operations() + failing, Fault::Io);
    checkpointer->look();
    box_.files.forget_faults();
    checkpointer->look();
    const auto bound = read_head(box_.files, kFolder + "/head", kOrigin);
    ASSERT_TRUE(bound.ok() && bound->has_value());
    ASSERT_NO_FATAL_FAILURE(expect_checkpoint((*bound)->checkpoint.size));
    checkpointer->close();
  }
}

TEST_F(CheckpointerTest, DoesNotReplaceAPublishedKey) {
  open()->close();
  log_key_ = crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem();
  Checkpointer::Settings settings{.install = brisk_settings(), .log_key = log_key_.clone()};
  settings.install.stream = kInstallStream;
  const auto opened = Checkpointer::open(box_.files, box_.clock, box_.entropy, std::move(settings));
  EXPECT_EQ(opened.error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace srasta::audit
