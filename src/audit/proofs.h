#pragma once

#include "audit/signed_head.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/proof.h"
#include "tlog/proof_text.h"
#include "tlog/tile_reader.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A stream whose latest checkpoint and tiles proofs are made from. Nothing here is trusted by the
/// one who checks a proof; what is made is checked before it is given away.
struct ProvingStream {
  base::FileSystem* files;
  std::string folder;
  std::string origin;
};

/// The stream's checkpoint with both signatures, and its tiles, found to give its root. NotFound:
/// no checkpoint yet; Corrupt: the tiles are missing or damaged (`fsck` makes them again).
[[nodiscard]] base::Result<SignedHead> open_proving(const ProvingStream& stream);

/// The stored line of a record, without LF. Corrupt when it is not there or not what its hash says.
[[nodiscard]] base::Result<std::string> read_record_line(const ProvingStream& stream, uint64_t seq);

/// Proves one record after the other against one checkpoint, keeping the tiles that neighbours
/// share.
class RecordProver {
 public:
  /// Errors as for `open_proving`.
  [[nodiscard]] static base::Result<RecordProver> open(const ProvingStream& stream);

  [[nodiscard]] const SignedHead& head() const { return head_; }
  /// The path of the record `seq` with this leaf, found to lead to the root. NotFound when the
  /// checkpoint does not cover it, Corrupt when the tree has another record.
  [[nodiscard]] base::Result<tlog::Proof> path_of(uint64_t seq, const crypto::Digest& leaf);
  /// That the tree of `older` is the beginning of this one. Invalid when it is not.
  [[nodiscard]] base::Result<tlog::Proof> growth_from(const tlog::Checkpoint& older);

 private:
  RecordProver(const ProvingStream& stream, SignedHead head);

  std::string folder_;
  SignedHead head_;
  std::unique_ptr<tlog::TileReader> nodes_;
};

/// That record `seq` is in the log (C2SP tlog-proof); its stored line is the proof's extra data.
/// NotFound when the checkpoint does not cover it yet.
[[nodiscard]] base::Result<tlog::ProofText> prove_record(const ProvingStream& stream, uint64_t seq);

/// What a proof shows once it is checked.
struct ProvenRecord {
  std::string line;  ///< as stored, without LF
  uint64_t seq = 0;
  tlog::Checkpoint checkpoint;
};

/// Checks a proof made by `prove_record` against the log key, without the log. Invalid when it does
/// not hold: not of this origin, not signed by the key, not this record.
[[nodiscard]] base::Result<ProvenRecord> check_proof(std::string_view text,
                                                     const tlog::VerifierKey& log_key);

/// That the tree of `older` is the beginning of that of `newer`; both at most as large as the
/// stream's checkpoint. Invalid when it is not.
[[nodiscard]] base::Result<tlog::Proof> prove_consistency(const ProvingStream& stream,
                                                          const tlog::Checkpoint& older,
                                                          const tlog::Checkpoint& newer);

/// That the tree of the first `older` records is the beginning of that of the first `newer`, for
/// somebody who has both roots; `newer` is at most the stream's checkpoint. Errors as above.
[[nodiscard]] base::Result<tlog::Proof> prove_growth(const ProvingStream& stream, uint64_t older,
                                                     uint64_t newer);

/// Compares every tile with the segments; what is wrong with the first that differs. Of records
/// that were pruned there is nothing to compare with; that their sum is right, the root shows.
[[nodiscard]] base::Result<void> check_tiles(const ProvingStream& stream);
/// Makes the tiles of the checkpoint again; those that hold nothing but pruned records cannot be
/// made, and stay. Nobody may write them meanwhile.
[[nodiscard]] base::Result<void> rebuild_tiles(const ProvingStream& stream);

}  // namespace srasta::audit
