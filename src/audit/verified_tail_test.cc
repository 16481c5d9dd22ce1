#include "audit/verified_tail.h"

#include "audit/checkpointer.h"
#include "audit/installation_test.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class VerifiedTailTest : public ::testing::Test {
 protected:
  VerifiedTailTest() : log_key_(crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem()) {}

  void append(size_t records) { Installation::append_durably(**box_.open(), records); }
  void checkpoint() {
    Checkpointer::Settings settings{.install = brisk_settings(), .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    (*Checkpointer::open(box_.files, box_.clock, box_.entropy, std::move(settings)))->close();
  }
  [[nodiscard]] auto open(uint64_t last) {
    return VerifiedTail::open(
        box_.files,
        {.audit_folder = "/data/audit", .stream = "gateway", .trusted = {}, .last = last});
  }
  [[nodiscard]] std::string log() { return box_.files.contents()[Installation::segment_path("0")]; }
  [[nodiscard]] uint64_t records() {
    const std::string log = this->log();
    return static_cast<uint64_t>(std::ranges::count(log, '\n'));
  }
  /// What is shown: numbers, `bound <size>`, `unbound`; at last what breaks.
  std::vector<std::string> read(VerifiedTail& tail) {
    std::vector<std::string> shown;
    const auto read = tail.read_on(
        {.record = [&](const Found& record) { shown.push_back(std::to_string(record.seq)); },
         .bound = [&](uint64_t size) { shown.push_back("bound " + std::to_string(size)); },
         .unbound = [&] { shown.emplace_back("unbound"); }});
    if (!read) shown.push_back(read.error().message);
    return shown;
  }
  std::vector<std::string> read_new(uint64_t last) {
    auto tail = open(last);
    return tail ? read(**tail) : std::vector<std::string>{tail.error().message};
  }
  void change(uint64_t seq, std::string_view from, std::string_view to) {
    std::string log = this->log();
    const size_t at = log.find(from, log.find("\"seq\":" + std::to_string(seq) + ",") - 500);
    ASSERT_NE(at, std::string::npos);
    box_.files.put(Installation::segment_path("0"), log.replace(at, from.size(), to));
  }

  Installation box_;
  base::Secret log_key_;
};

using Shown = std::vector<std::string>;

TEST_F(VerifiedTailTest, ReadsTheWholeChainWhereNothingIsSigned) {
  append(1);
  const uint64_t end = records();
  EXPECT_EQ(read_new(2), (Shown{"unbound", std::to_string(end - 2), std::to_string(end - 1)}));
}

TEST_F(VerifiedTailTest, SaysWhatIsBoundAndWhatIsNot) {
  append(5);
  checkpoint();
  const uint64_t size = records();
  const auto number = [](uint64_t seq) { return std::to_string(seq); };
  EXPECT_EQ(read_new(2), (Shown{number(size - 2), number(size - 1), "bound " + number(size)}));
  append(1);
  const uint64_t end = records();
  Shown expected{"bound " + number(size), "unbound"};
  for (uint64_t seq = end - 2; seq < end; ++seq) expected.push_back(number(seq));
  EXPECT_EQ(read_new(2), expected);
}

TEST_F(VerifiedTailTest, BindsWhatItHasShownWhenACheckpointComes) {
  append(5);
  checkpoint();
  append(300);
  auto tail = *open(1);
  (void)read(*tail);
  EXPECT_EQ(read(*tail), Shown{});
  const uint64_t shown = records();
  checkpoint();
  EXPECT_EQ(read(*tail), Shown{"bound " + std::to_string(shown)});
  append(1);
  checkpoint();
  const Shown more = read(*tail);
  ASSERT_FALSE(more.empty());
  EXPECT_EQ(more.front(), std::to_string(shown));
  EXPECT_EQ(more.back(), "bound " + std::to_string(records()));
}

TEST_F(VerifiedTailTest, EndsAtTheRecordThatWasChanged) {
  append(5);
  checkpoint();
  append(5);
  const uint64_t end = records();
  change(end - 3, "u-alice", "u-malet");
  EXPECT_EQ(read_new(2).back(), "record " + std::to_string(end - 3) + " is not what was written");
}

TEST_F(VerifiedTailTest, EndsWhereARecordIsCutOutOrTheEndIsCutOff) {
  append(5);
  checkpoint();
  const std::string whole = log();
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const uint64_t size = records();
  auto tail = *open(1);
  box_.files.put(Installation::segment_path("0"), whole.substr(0, last));
  EXPECT_EQ(read(*tail),
            Shown{"record " + std::to_string(size - 1) + " is missing: the checkpoint has " +
                  std::to_string(size) + " records"});
  const size_t before = whole.rfind('\n', last - 2) + 1;
  box_.files.put(Installation::segment_path("0"), whole.substr(0, before) + whole.substr(last));
  EXPECT_EQ(read_new(1).back(), "record " + std::to_string(size - 2) + " is not what was written");
}

TEST_F(VerifiedTailTest, RefusesACheckpointOfAnotherKey) {
  append(5);
  checkpoint();
  const std::string own = box_.files.contents()["/data/audit/keys/log.pub"];
  const auto pair = crypto::PrivateKey::generate(crypto::KeyType::Ed25519);
  const auto other = tlog::SignerKey::make("inst-1", tlog::SignatureType::Ed25519,
                                           *crypto::PrivateKey::from_pem(pair->to_pem()));
  box_.files.put("/data/audit/keys/log.pub", other->verifier().to_text() + "\n");
  EXPECT_EQ(read_new(1), Shown{"the checkpoint is not signed by the log key"});
}

}  // namespace
}  // namespace srasta::audit
