#pragma once

#include "audit/legal_hold.h"
#include "audit/pruned_prefix.h"
#include "audit/verify_stream.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// What the stream `operator` says.
struct OperatorSays {
  std::vector<PrunedPrefix> prunes;  ///< of all streams, in the order of records
  LegalHolds holds;
  std::map<std::string, uint64_t> erased = {};  ///< by stream, the largest total of `log.erased`
  uint64_t bound = 0;  ///< records that checkpoints with both signatures, or anchors, bind
};

/// Verifies the stream `operator` and tells what it says; nothing if there is none. Corrupt if it
/// is violated. `question` is about that stream; what `install` tells may be left out of it.
[[nodiscard]] base::Result<OperatorSays> read_operator(base::FileSystem& files,
                                                       const StreamQuestion& question);

/// What may be missing of a stream: what `operator` says of it and checkpoints bind. Nothing where
/// `read_operator` gives an error.
[[nodiscard]] std::vector<PrunedPrefix> authorised_prunes(base::FileSystem& files,
                                                          const StreamQuestion& question,
                                                          std::string_view stream);

/// The same for who writes or reads a stream: with the log key that the folder has.
/// `audit_folder` is <data>/audit.
[[nodiscard]] std::vector<PrunedPrefix> authorised_prunes_of(base::FileSystem& files,
                                                             const std::string& audit_folder,
                                                             const std::string& install_id,
                                                             std::string_view stream);

/// The question of `read_operator`: what is wrong behind the last checkpoint takes nothing away.
[[nodiscard]] StreamQuestion operator_question(base::FileSystem& files,
                                               const std::string& audit_folder,
                                               const std::string& install_id);

/// The question of `verify_stream` about a stream by itself, with the log key that the folder has.
[[nodiscard]] StreamQuestion own_question(base::FileSystem& files, const std::string& audit_folder,
                                          const std::string& install_id, std::string_view stream);

}  // namespace srasta::audit
