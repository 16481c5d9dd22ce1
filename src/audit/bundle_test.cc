#include "audit/bundle.h"

#include "audit/checkpointer.h"
#include "audit/installation_test.h"
#include "audit/ustar.h"
#include "tlog/cosignature.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class Bundle : public ::testing::Test {
 protected:
  Bundle() : log_key_(crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem()) {
    append(20);
    checkpoint();
  }

  void append(size_t records) { Installation::append_durably(**box_.open(), records); }
  void checkpoint() {
    Checkpointer::Settings settings{.install = brisk_settings(), .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    (*Checkpointer::open(box_.files, box_.clock, box_.entropy, std::move(settings)))->close();
  }

  /// What a witness does with the checkpoint of now.
  void cosign() {
    const auto pair = crypto::PrivateKey::generate(crypto::KeyType::Ed25519);
    const auto key = tlog::SignerKey::make("w", tlog::SignatureType::CosignatureV1,
                                           *crypto::PrivateKey::from_pem(pair->to_pem()));
    auto note = *tlog::parse_note(box_.files.contents()["/data/audit/gateway/checkpoint"]);
    note.signatures.push_back(*tlog::cosign(note.text, 1, *key));
    box_.files.put("/data/audit/gateway/cosigned", tlog::write_note(note));
  }

  [[nodiscard]] base::Result<BundleManifest> write(Query query = {}) {
    EXPECT_TRUE(box_.files.make_folder("/out").ok());
    return write_bundle(box_.files, {.audit_folder = "/data/audit",
                                     .stream = "gateway",
                                     .query = std::move(query),
                                     .time = base::WallTime{},
                                     .out = "/out/bundle"});
  }
  [[nodiscard]] base::Result<BundleReport> check(const std::string& bytes,
                                                 const BundleOptions& options = {}) {
    box_.files.put("/out/checked", bytes);
    return check_bundle(box_.files, "/out/checked", options);
  }
  [[nodiscard]] std::string bundle() { return box_.files.contents()["/out/bundle"]; }

  Installation box_;
  base::Secret log_key_;
};

TEST_F(Bundle, HoldsEveryRecordOfTheCheckpointAndCountsTheOthers) {
  append(3);
  const auto made = write();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->records, made->size);
  EXPECT_EQ(made->first, 0U);
  EXPECT_GE(made->not_covered, 3U);

  const auto report = check(bundle());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->manifest, *made);
  for (const auto& [path, content] : box_.files.contents()) {
    EXPECT_EQ(path.find(".part"), std::string::npos) << path;
  }
}

TEST_F(Bundle, IsTheSameEveryTime) {
  ASSERT_TRUE(write().ok());
  const std::string first = bundle();
  ASSERT_TRUE(write().ok());
  EXPECT_EQ(bundle(), first);
}

TEST_F(Bundle, HoldsOnlyWhatFits) {
  const auto made = write({.act = "log."});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(made->records, 20U);
  EXPECT_EQ(made->filters, R"("act":"log.")");
  EXPECT_TRUE(check(bundle()).ok());
}

TEST_F(Bundle, ProvesAgainstWhatWasCosigned) {
  cosign();
  ASSERT_TRUE(write().ok());
  EXPECT_NE(bundle().find("\n\u2014 w "), std::string::npos);
  EXPECT_EQ(check(bundle())->cosigned, std::nullopt);
}

TEST_F(Bundle, ProvesThatTheLogContinuesWhatWasCosignedEarlier) {
  cosign();
  append(30);
  checkpoint();
  const auto made = write();
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto report = check(bundle());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_LT(report->cosigned, made->size);
}

TEST_F(Bundle, OfALogThatDoesNotContinueWhatWasCosignedIsNotMade) {
  const auto signer = tlog::SignerKey::make("inst-1/gateway", tlog::SignatureType::Ed25519,
                                            *crypto::PrivateKey::from_pem(log_key_));
  const std::string text = *tlog::write_checkpoint("inst-1/gateway", 5, {});
  box_.files.put("/data/audit/gateway/cosigned",
                 tlog::write_note({text, {*tlog::sign_text(text, *signer)}}));
  EXPECT_EQ(write().error().code, base::Code::Corrupt);
}

TEST_F(Bundle, IsNotWrittenWithoutRecordsOrWithAFilterThatCannotFit) {
  EXPECT_EQ(write({.actor = "nobody-at-all"})->records, 0U);
  EXPECT_EQ(write({.actor = R"(a","b)"}).error().code, base::Code::Invalid);
  EXPECT_FALSE(box_.files.contents().contains("/out/bundle"));
}

TEST_F(Bundle, WithAByteChangedIsRefused) {
  ASSERT_TRUE(write({.act = "log."}).ok());
  std::string bytes = bundle();
  ASSERT_TRUE(check(bytes).ok());
  for (size_t at = 0; at < bytes.size(); at += 5) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const auto report = check(bytes);
    ASSERT_FALSE(report.ok()) << at;
    EXPECT_EQ(report.error().code, base::Code::Corrupt) << at;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
  }
}

TEST_F(Bundle, CutOffOrContinuedIsRefused) {
  ASSERT_TRUE(write({.act = "log."}).ok());
  const std::string bytes = bundle();
  for (size_t size = 0; size < bytes.size(); size += 100) {
    EXPECT_FALSE(check(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(check(bytes + std::string(512, '\0')).ok());
}

TEST_F(Bundle, IsRefusedWhereAnotherLogKeyIsTrusted) {
  ASSERT_TRUE(write().ok());
  const auto key = [](const std::string& name) {
    const auto pair = crypto::PrivateKey::generate(crypto::KeyType::Ed25519);
    return tlog::SignerKey::make(name, tlog::SignatureType::Ed25519,
                                 *crypto::PrivateKey::from_pem(pair->to_pem()))
        ->verifier();
  };
  for (const char* name : {"inst-1", "inst-2"}) {
    const auto report = check(bundle(), {.trusted = {key(name)}});
    ASSERT_FALSE(report.ok()) << name;
    EXPECT_EQ(report.error().message, "checkpoint: not signed by the log key");
  }
  EXPECT_EQ(check(bundle(), {.trusted = {key("inst-1/gateway/epoch-000000")}}).error().message,
            "keys/epoch-000000.pub: not the key of this epoch");
}

TEST_F(Bundle, OfADamagedLogIsNotMade) {
  std::string log = box_.log();
  const size_t at = log.find("u-alice");
  ASSERT_NE(at, std::string::npos);
  log[at] = 'v';
  box_.files.put(Installation::segment_path("0"), log);
  EXPECT_EQ(write().error().code, base::Code::Corrupt);
  EXPECT_FALSE(box_.files.contents().contains("/out/bundle"));
}

TEST(Ustar, ReadsExactlyWhatItWrites) {
  const UstarMember member{.name = "proofs/x", .size = 12345};
  std::string block = *ustar_header(member);
  ASSERT_EQ(block.size(), kUstarBlock);
  EXPECT_EQ(parse_ustar_header(block)->name, member.name);
  EXPECT_EQ(parse_ustar_header(block)->size, member.size);
  for (size_t at = 0; at < block.size(); ++at) {
    block[at] = static_cast<char>(block[at] ^ 1);
    EXPECT_FALSE(parse_ustar_header(block)) << at;
    block[at] = static_cast<char>(block[at] ^ 1);
  }
  EXPECT_FALSE(ustar_header({.name = std::string(101, 'a')}));
  EXPECT_FALSE(ustar_header({.name = "a", .size = kMostUstarSize + 1}));
}

}  // namespace
}  // namespace srasta::audit
