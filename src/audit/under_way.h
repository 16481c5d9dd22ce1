#pragma once

#include "audit/completeness.h"
#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// What the file `under-way` of a stream says (docs/formats/audit-log.md, "Under way"). It stays
/// true however old it is: what follows its records is in the records that follow.
struct UnderWay {
  uint64_t size = 0;                       ///< records that it is about
  crypto::Digest root{};                   ///< of their tree
  std::vector<Completeness::Begun> begun;  ///< without an end among them, in their order
};

struct SignedUnderWay {
  UnderWay says;
  tlog::Note note;
};

/// Replaces the file durably. TooLarge, and nothing changed, where more is under way than a start
/// should read.
[[nodiscard]] base::Result<void> write_under_way(base::FileSystem& files,
                                                 const std::string& stream_folder,
                                                 std::string_view origin, const UnderWay& under_way,
                                                 const tlog::SignerKey& key);

/// NotFound when it is not there; Corrupt when it is about another stream, or is none.
[[nodiscard]] base::Result<SignedUnderWay> read_under_way(base::FileSystem& files,
                                                          const std::string& stream_folder,
                                                          std::string_view origin);

}  // namespace srasta::audit
