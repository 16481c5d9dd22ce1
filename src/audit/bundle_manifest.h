#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::audit {

/// `manifest.json` of an evidence bundle (docs/formats/audit-bundle.md): what the bundle holds, a
/// line for each other member, and at the end the hash of all that stands before it. One line for
/// one thing, so that it is written and read without keeping it.

struct BundleManifest {
  std::string installation;
  std::string stream;
  std::string time;     ///< when it was made, as `base::format_utc`
  std::string filters;  ///< members of a JSON object, without its braces
  uint64_t records = 0;
  uint64_t first = 0;        ///< number of the first record
  uint64_t last = 0;         ///< and of the last
  uint64_t not_covered = 0;  ///< records that fitted, but that no checkpoint covered yet
  uint64_t size = 0;         ///< of the checkpoint
  crypto::Digest root{};

  friend bool operator==(const BundleManifest&, const BundleManifest&) = default;
};

inline constexpr size_t kManifestHeadLines = 7;

/// The seven lines in front of those of the members.
[[nodiscard]] std::string manifest_head(const BundleManifest& manifest);
/// Inverse of `manifest_head`; Invalid for anything that it does not write.
[[nodiscard]] base::Result<BundleManifest> parse_manifest_head(std::string_view text);

/// One member, without comma and LF.
[[nodiscard]] std::string manifest_line(std::string_view name, uint64_t size,
                                        const crypto::Digest& hash);
/// The line behind the members, with its LF.
inline constexpr std::string_view kManifestMembersEnd = "],\n";
/// The last line, with its LF: `hash` is that of everything before it.
[[nodiscard]] std::string manifest_end(const crypto::Digest& hash);
inline constexpr size_t kManifestEndBytes = 10 + 64 + 3;

}  // namespace srasta::audit
