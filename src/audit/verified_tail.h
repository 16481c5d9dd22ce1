#pragma once

#include "audit/proofs.h"
#include "audit/search.h"
#include "audit/stored_records.h"
#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// The newest records of a stream, each verified before it is shown: by its path to the root of the
/// latest signed checkpoint, or by the chain that goes on from there. Without a checkpoint the
/// whole chain is read from the first record on. Needs 32 bytes for each record that no checkpoint
/// binds.
class VerifiedTail {
 public:
  struct Settings {
    std::string audit_folder;  ///< <data>/audit
    std::string stream;
    std::vector<tlog::VerifierKey> trusted;  ///< as in `VerifyOptions`
    uint64_t last = 0;                       ///< records to begin with
  };
  struct Show {
    std::function<void(const Found&)> record;
    /// A checkpoint with this many records binds all that were shown before it.
    std::function<void(uint64_t size)> bound;
    /// What follows is bound by no checkpoint yet.
    std::function<void()> unbound;
  };

  /// `files` must outlive it. Corrupt: the checkpoint is not signed by the log key, or the tiles
  /// are not its tree (`fsck` makes them again).
  [[nodiscard]] static base::Result<std::unique_ptr<VerifiedTail>> open(base::FileSystem& files,
                                                                        Settings settings);

  /// Shows what is there and was not shown yet. Corrupt: the message names the record at which it
  /// breaks; nothing from there on was shown.
  [[nodiscard]] base::Result<void> read_on(const Show& show);

  VerifiedTail(base::FileSystem& files, Settings settings, ProvingStream stream);

 private:
  base::Result<void> begin();
  base::Result<void> take_checkpoint();
  base::Result<void> bind_shown(const Show& show);
  base::Result<void> read_records(const Show& show);
  base::Result<void> take(std::string_view line, const Show& show);
  base::Result<void> check_link(uint64_t seq, const crypto::Digest& prev);
  base::Result<crypto::Digest> first_link();
  [[nodiscard]] std::vector<tlog::VerifierKey> log_keys() const;
  [[nodiscard]] uint64_t covered() const;

  base::FileSystem& files_;
  const Settings settings_;
  const ProvingStream stream_;
  std::unique_ptr<RecordProver> prover_;  ///< against the latest checkpoint, once there is one
  bool has_begun_ = false;                ///< once there is a segment
  Place place_;                           ///< of the record `next_`
  uint64_t next_ = 0;
  uint64_t begin_ = 0;                   ///< the first that is verified
  uint64_t from_ = 0;                    ///< the first that is shown
  std::optional<crypto::Digest> leaf_;   ///< of the record before `next_`
  std::vector<crypto::Digest> unbound_;  ///< leaves of the records up to `next_`
  uint64_t bound_ = 0;                   ///< records that were said to be bound
  bool told_unbound_ = false;
};

}  // namespace srasta::audit
