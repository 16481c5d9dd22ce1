#pragma once

#include "audit/bundle_manifest.h"
#include "audit/search.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/checkpoint.h"
#include "tlog/note_key.h"
#include "tlog/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// Evidence bundles (docs/formats/audit-bundle.md): one file with records of a stream, the proof of
/// each that it is in the log, and the signed checkpoint that the proofs lead to. Who has the log
/// key needs nothing else. Both directions need memory for one record at a time.

inline constexpr std::string_view kBundleReadme = "README.txt";
inline constexpr std::string_view kBundleCheckpoint = "checkpoint";
inline constexpr std::string_view kBundleCosigned = "cosigned";
inline constexpr std::string_view kBundleGrowth = "cosigned.consistency";
inline constexpr std::string_view kBundleLogKey = "keys/log.pub";
inline constexpr std::string_view kBundleRecords = "records.jsonl";
inline constexpr std::string_view kBundleManifest = "manifest.json";

/// `proofs/<stream>/<seq>.tlog-proof`.
[[nodiscard]] std::string bundle_proof_name(std::string_view stream, uint64_t seq);

struct BundleRequest {
  std::string audit_folder;  ///< <data>/audit
  std::string stream;
  Query query;
  base::WallTime time;  ///< now, for the manifest
  std::string out;      ///< path of the bundle; drafts lie beside it
};

/// Writes the records that fit and that the stream's checkpoint covers, checks the bundle as
/// `check_bundle` does, and only then gives it its name. The manifest says how many were left out
/// because no checkpoint covers them yet; where no record is left, nothing is written. Invalid for
/// a filter that no record can have, NotFound for a stream without checkpoint, Corrupt for a log
/// that is damaged.
[[nodiscard]] base::Result<BundleManifest> write_bundle(base::FileSystem& files,
                                                        const BundleRequest& request);

struct BundleOptions {
  /// As in `VerifyOptions`. Empty: the log key is what the bundle says, which proves that it
  /// belongs together, but not whose it is.
  std::vector<tlog::VerifierKey> trusted;
  /// As in `VerifyOptions`.
  std::optional<tlog::Policy> policy;
};

/// What a bundle that holds shows.
struct BundleReport {
  BundleManifest manifest;            ///< its filters, time and `not_covered` are signed by nobody
  std::optional<uint64_t> cosigned;   ///< size of an older checkpoint with cosignatures, if any
  std::optional<uint64_t> witnessed;  ///< records that a quorum has seen, where a policy was given

  /// Whether a quorum has seen every record of the bundle.
  [[nodiscard]] bool is_witnessed() const { return witnessed && manifest.last < *witnessed; }
};

/// Checks everything in a bundle, without the log. Corrupt when something does not hold: the
/// message begins with the member; other errors when the file cannot be read.
[[nodiscard]] base::Result<BundleReport> check_bundle(base::FileSystem& files,
                                                      const std::string& path,
                                                      const BundleOptions& options);

}  // namespace srasta::audit
