#pragma once

#include "audit/pruned_prefix.h"
#include "audit/recovery.h"
#include "audit/tree_head.h"
#include "audit/under_way.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/checkpoint.h"

#include <cstdint>
#include <vector>

namespace srasta::audit {

/// What a start goes by that does not read everything. Nothing of it is believed: what is found
/// must fit together, and the signatures are for the caller to check, once the records behind have
/// shown which keys count.
struct KnownLogQuestion {
  TreeHead::Place place;
  crypto::Digest first_key{};        ///< of epoch 0
  std::vector<uint64_t> segments;    ///< first numbers
  std::vector<PrunedPrefix> prunes;  ///< which records at the beginning may be missing
  tlog::Checkpoint checkpoint;
  UnderWay under_way;
};

/// The records up to the smaller size of the two, as the tiles, the ends of all segments, the files
/// of all epochs and some records say it (docs/formats/audit-log.md, "Starting"). Any doubt is an
/// error, and no verdict: whoever gets one reads everything.
[[nodiscard]] base::Result<KnownLog> find_known_log(const KnownLogQuestion& question);

}  // namespace srasta::audit
