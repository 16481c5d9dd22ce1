#include "audit/proofs.h"

#include "audit/checkpointer.h"
#include "audit/installation_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class Proofs : public ::testing::Test {
 protected:
  Proofs() : log_key_(crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem()) {
    grow(300);
    first_ = checkpoint();
    grow(70);
  }

  void grow(size_t records) {
    {
      Installation::append_durably(**box_.open(), records);
    }
    Checkpointer::Settings settings{.install = brisk_settings(), .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    (*Checkpointer::open(box_.files, box_.clock, box_.entropy, std::move(settings)))->close();
  }
  [[nodiscard]] ProvingStream stream() {
    return {&box_.files, "/data/audit/gateway", "inst-1/gateway"};
  }
  [[nodiscard]] tlog::Checkpoint checkpoint() { return open_proving(stream())->checkpoint; }
  [[nodiscard]] tlog::VerifierKey log_key() {
    auto text = *base::read_file(box_.files, "/data/audit/keys/log.pub", 1024);
    text.pop_back();
    return *tlog::VerifierKey::parse(text);
  }
  [[nodiscard]] std::string proof_of(uint64_t seq) {
    const auto proof = prove_record(stream(), seq);
    EXPECT_TRUE(proof.ok()) << seq;
    return proof.ok() ? *tlog::write_proof_text(*proof) : "";
  }

  Installation box_;
  base::Secret log_key_;
  tlog::Checkpoint first_;
};

TEST_F(Proofs, OfEveryRecordCanBeCheckedWithoutTheLog) {
  const uint64_t size = checkpoint().size;
  for (uint64_t seq = 0; seq < size; ++seq) {
    const auto proven = check_proof(proof_of(seq), log_key());
    ASSERT_TRUE(proven.ok()) << seq << ": " << proven.error().message;
    EXPECT_EQ(proven->seq, seq);
    EXPECT_EQ(proven->checkpoint.size, size);
    EXPECT_NE(box_.log().find(proven->line + "\n"), std::string::npos);
  }
}

TEST_F(Proofs, ThatWereChangedDoNotHold) {
  const std::string proof = proof_of(7);
  for (size_t at = 0; at < proof.size(); ++at) {
    std::string changed = proof;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto checked = check_proof(changed, log_key());
    // Of the signatures only that of the log key counts; another line is not looked at.
    if (checked.ok()) {
      EXPECT_EQ(checked->seq, 7U);
      EXPECT_NE(box_.log().find(checked->line + "\n"), std::string::npos) << at;
    }
  }
  const auto stranger =
      tlog::SignerKey::make("inst-1", tlog::SignatureType::Ed25519,
                            *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  EXPECT_FALSE(check_proof(proof, stranger->verifier()).ok());
  const auto other =
      tlog::VerifierKey::make("inst-2", tlog::SignatureType::Ed25519, log_key().public_key());
  EXPECT_FALSE(check_proof(proof, *other).ok());
}

TEST_F(Proofs, AreNotMadeOfRecordsWithoutCheckpoint) {
  EXPECT_EQ(prove_record(stream(), checkpoint().size).error().code, base::Code::NotFound);
  EXPECT_EQ(prove_record(stream(), UINT64_MAX - 1).error().code, base::Code::NotFound);
}

TEST_F(Proofs, OfGrowthTellAForkFromAContinuation) {
  EXPECT_TRUE(prove_consistency(stream(), first_, checkpoint()).ok());
  tlog::Checkpoint fork = first_;
  fork.root[0] ^= 1;
  EXPECT_EQ(prove_consistency(stream(), fork, checkpoint()).error().code, base::Code::Invalid);
  tlog::Checkpoint beyond = checkpoint();
  ++beyond.size;
  EXPECT_EQ(prove_consistency(stream(), first_, beyond).error().code, base::Code::Invalid);
}

TEST_F(Proofs, AreMadeWhileTheLogGrows) {
  const auto stream_then = stream();
  auto prover = RecordProver::open(stream_then);
  ASSERT_TRUE(prover.ok());
  const uint64_t size = prover->head().checkpoint.size;
  const std::string line = *read_record_line(stream_then, size - 1);
  grow(30);  // the last tiles of then are replaced
  EXPECT_TRUE(prover->path_of(size - 1, *leaf_in_line(line)).ok());
  grow(300);
  EXPECT_TRUE(RecordProver::open(stream())->path_of(size - 1, *leaf_in_line(line)).ok());
  EXPECT_TRUE(prover->path_of(0, *leaf_in_line(*read_record_line(stream(), 0))).ok());
}

TEST_F(Proofs, NeedTilesThatFsckFindsDamagedAndMakesAgain) {
  ASSERT_TRUE(check_tiles(stream()).ok());
  for (const auto& [path, content] : box_.files.contents()) {
    if (!path.starts_with("/data/audit/gateway/tile/")) continue;
    SCOPED_TRACE(path);
    std::string damaged = content;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 4);
    box_.files.put(path, damaged);
    EXPECT_EQ(check_tiles(stream()).error().code, base::Code::Corrupt);
    ASSERT_TRUE(rebuild_tiles(stream()).ok());
    ASSERT_TRUE(check_tiles(stream()).ok());
    EXPECT_EQ(box_.files.contents().at(path), content);
  }
}

TEST_F(Proofs, NeedRecordsThatAreThoseOfTheCheckpoint) {
  const std::string path = Installation::segment_path("0");
  std::string log = box_.files.contents().at(path);
  const size_t hash = log.find("\"h\":\"") + 5;
  log[hash] = log[hash] == '0' ? '1' : '0';
  box_.files.put(path, log);
  EXPECT_FALSE(prove_record(stream(), 0).ok());
  EXPECT_EQ(check_tiles(stream()).error().code, base::Code::Corrupt);
  EXPECT_EQ(rebuild_tiles(stream()).error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace srasta::audit
