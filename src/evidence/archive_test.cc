#include "evidence/archive.h"

#include "audit/stored_line.h"
#include "audit/stored_records.h"
#include "evidence/stored_log_test.h"
#include "tlog/compact_range.h"
#include "tlog/note.h"
#include "tlog/proof.h"
#include "tlog/proof_text.h"
#include "tlog/tile.h"

#include <fcntl.h>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

class Archives : public ::testing::Test {
 protected:
  Archives() {
    log_.add_many(600);
    archive_.set_own(*log_.ledger);
  }

  std::vector<crypto::Digest> leaves() {
    std::vector<crypto::Digest> all;
    audit::StoredRecords records(log_.files, kFolder);
    const auto segments = records.segments();
    for (const uint64_t segment : *segments) {
      (void)records.scan({.segment = segment}, [&](std::string_view line, uint64_t) {
        all.push_back(*audit::leaf_in_line(line));
        return true;
      });
    }
    return all;
  }

  tlog::CompactRange tree_of(uint64_t size) {
    tlog::CompactRange tree;
    for (const crypto::Digest& leaf : leaves()) {
      if (tree.size() < size) tree.append(leaf);
    }
    return tree;
  }

  /// With the signatures of two keys, as `<stream>/checkpoint` has it.
  void put_checkpoint(uint64_t size, std::string_view origin = "inst-1/gateway") {
    tlog::Note note{.text = *tlog::write_checkpoint(origin, size, tree_of(size).root())};
    for (const tlog::SignerKey* key : {&epoch_, &log_key_}) {
      ASSERT_TRUE(tlog::add_signature(note, *tlog::sign_text(note.text, *key)).ok());
    }
    log_.files.put(std::string(kFolder) + "/checkpoint", tlog::write_note(note));
  }

  /// Level 0 only: 600 records need nothing above but the tile of level 1.
  void put_tiles(uint64_t size) {
    std::string level1;
    const auto all = leaves();
    for (uint64_t begin = 0; begin < size; begin += tlog::kTileWidth) {
      const auto width = static_cast<unsigned>(std::min<uint64_t>(tlog::kTileWidth, size - begin));
      std::string bytes;
      tlog::CompactRange tree;
      for (unsigned i = 0; i < width; ++i) {
        bytes += crypto::bytes_of(all[begin + i]);
        tree.append(all[begin + i]);
      }
      put_tile({.level = 0, .index = begin / tlog::kTileWidth, .width = width}, bytes);
      if (width == tlog::kTileWidth) level1 += crypto::bytes_of(tree.root());
    }
    const auto width = static_cast<unsigned>(level1.size() / tlog::kHashBytes);
    put_tile({.level = 1, .index = 0, .width = width}, level1);
  }
  void put_tile(const tlog::Tile& tile, const std::string& bytes) {
    log_.files.put(std::string(kFolder) + "/" + tlog::tile_path(tile), bytes);
  }

  void expect_right(const RequestRecord& record, uint64_t size) {
    const auto text = archive_.prove(record);
    ASSERT_TRUE(text.ok()) << text.error().message;
    const auto proof = tlog::parse_proof_text(*text);
    ASSERT_TRUE(proof.ok()) << *text;
    EXPECT_EQ(proof->index, record.seq);
    EXPECT_EQ(proof->checkpoint.size, size);
    const std::array keys = {epoch_.verifier(), log_key_.verifier()};
    const auto signatures = tlog::verify_note(proof->note, keys);
    ASSERT_TRUE(signatures.ok());
    EXPECT_EQ(signatures->size(), 2U);
    EXPECT_TRUE(tlog::verify_inclusion(proof->index, proof->checkpoint.size,
                                       *audit::intact_leaf(record.line, record.seq), proof->proof,
                                       proof->checkpoint.root)
                    .ok());
  }

  RequestRecord record_of(const std::string& request) {
    auto found = archive_.records_of(request);
    EXPECT_TRUE(found.ok() && found->size() == 1) << request;
    return found && !found->empty() ? found->front() : RequestRecord();
  }

  static tlog::SignerKey key(const std::string& name) {
    return *tlog::SignerKey::make(name, tlog::SignatureType::Ed25519,
                                  *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  }

  static constexpr const char* kFolder = "/data/audit/gateway";
  StoredLog log_;
  base::Log quiet_{log_.clock, ::open("/dev/null", O_WRONLY | O_CLOEXEC), "test"};
  Archive archive_{{.data_folder = "/data"}, log_.files, log_.clock, quiet_};
  tlog::SignerKey epoch_ = key("inst-1/gateway/epoch-000000");
  tlog::SignerKey log_key_ = key("inst-1/gateway");
};

TEST_F(Archives, FindTheRecordsOfARequest) {
  log_.add("u-1", "acme", "r-17", audit::Act::InferenceComplete, audit::Outcome::Ok);
  (void)log_.ledger->flush(base::Seconds(5));

  const auto found = archive_.records_of("r-17");

  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->front().seq, 18U);
  EXPECT_EQ(found->front().stream, "gateway");
  EXPECT_TRUE(archive_.records_of("r-none")->empty());
}

TEST_F(Archives, ProveWhatACheckpointCoversWithoutTiles) {
  const RequestRecord record = record_of("r-17");
  EXPECT_EQ(archive_.prove(record).error().code, base::Code::NotFound) << "no checkpoint yet";
  put_checkpoint(18);
  EXPECT_EQ(archive_.prove(record).error().code, base::Code::NotFound) << "one too small";
  for (const uint64_t size : {19U, 20U, 256U, 500U, 601U}) {
    put_checkpoint(size);
    expect_right(record, size);
  }
}

TEST_F(Archives, ProveFromTilesAndDoWithoutWrongOnes) {
  put_checkpoint(600);
  put_tiles(600);
  for (const char* request : {"r-0", "r-255", "r-256", "r-598"}) {
    expect_right(record_of(request), 600);
  }
  put_tile({.level = 0, .index = 0}, std::string(tlog::kTileWidth * tlog::kHashBytes, 'x'));
  expect_right(record_of("r-300"), 600);
  expect_right(record_of("r-3"), 600);
}

TEST_F(Archives, ProveNothingByACheckpointOfAnotherLog) {
  const RequestRecord record = record_of("r-17");
  put_checkpoint(600, "inst-2/gateway");
  EXPECT_EQ(archive_.prove(record).error().code, base::Code::Corrupt);
  log_.files.put(std::string(kFolder) + "/checkpoint", "no note");
  EXPECT_EQ(archive_.prove(record).error().code, base::Code::Corrupt);
  put_checkpoint(600);
  log_.files.put(std::string(kFolder) + "/checkpoint", [&] {
    tlog::Note note{.text = *tlog::write_checkpoint("inst-1/gateway", 600, tree_of(599).root())};
    EXPECT_TRUE(tlog::add_signature(note, *tlog::sign_text(note.text, log_key_)).ok());
    return tlog::write_note(note);
  }());
  EXPECT_EQ(archive_.prove(record).error().code, base::Code::Corrupt);
}

TEST_F(Archives, TakeOnlySoMuchAtOnce) {
  // Some wait at the gate for longer than this test.
  const auto gate = std::make_shared<std::mutex>();
  gate->lock();
  size_t taken = 0;
  for (int i = 0; i < 1000; ++i) {
    taken += archive_.submit([gate] { const std::lock_guard lock(*gate); }) ? 1 : 0;
  }
  gate->unlock();

  EXPECT_EQ(taken, 64U);
}

TEST_F(Archives, SayThatThereIsNoSuchStream) {
  EXPECT_EQ(archive_.end_of("nothing").error().code, base::Code::NotFound);
  EXPECT_EQ(archive_.checkpoint("gateway").error().code, base::Code::NotFound);
  EXPECT_EQ(archive_.streams(), std::vector<std::string>{"gateway"});
}

}  // namespace
}  // namespace srasta::evidence
