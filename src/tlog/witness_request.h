#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/proof.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// The call `add-checkpoint` of C2SP tlog-witness: a log shows a witness its new checkpoint, and
/// that it goes on from the one that the witness cosigned last.

/// No request body is larger.
inline constexpr size_t kMostWitnessRequestBytes = kMostNoteBytes + 4 * 1024;

struct WitnessRequest {
  uint64_t old_size = 0;  ///< of the checkpoint cosigned last, as the log believes; 0 for none
  Proof proof;            ///< consistency from `old_size` to the checkpoint, at most 63 hashes
  Note note;
  Checkpoint checkpoint;  ///< what `note` says

  bool operator==(const WitnessRequest&) const = default;
};

/// Strict: what is accepted is exactly what `write_witness_request` writes. Checks form only.
/// Invalid (status 400) for anything else, TooLarge over the limits.
[[nodiscard]] base::Result<WitnessRequest> parse_witness_request(std::string_view body);

/// Writes everything but `checkpoint`, which must be what `note` says. Invalid and TooLarge for
/// what `parse_witness_request` would refuse.
[[nodiscard]] base::Result<std::string> write_witness_request(const WitnessRequest& request);

/// What a witness knows of the log that a request's origin names.
struct WatchedLog {
  std::vector<VerifierKey> keys;  ///< trusted for this origin
  uint64_t size = 0;              ///< of the checkpoint cosigned last; 0 for none
  crypto::Digest root{};          ///< its root, of no meaning for size 0
};

/// Why a witness answers as it does.
enum class WitnessVerdict : uint8_t {
  UnknownOrigin,       ///< 404
  NotSigned,           ///< 403: no trusted key signed, or a signature of one is wrong
  OldSizeAboveNew,     ///< 400
  OldSizeNotOurs,      ///< 409, and the body is `conflict_body`
  RootsDiffer,         ///< 409 without that body: two trees of one size, proof of misbehaviour
  EmptyTreeWithRoot,   ///< 422: size 0 with another root than that of the empty tree
  ProofDoesNotVerify,  ///< 422
  Cosign,              ///< 200
};

[[nodiscard]] std::string_view to_string(WitnessVerdict verdict);
[[nodiscard]] unsigned status_of(WitnessVerdict verdict);

/// The rule, in the order of the standard. `log` is what is known of the request's origin, null
/// when the witness does not watch it. On `Cosign`, and only then, the caller makes size and root
/// of the checkpoint durable as the latest (in the same transaction that it read `log` in), and
/// answers with `cosign` lines after that. A log that was never cosigned is taken as it comes.
[[nodiscard]] WitnessVerdict decide(const WitnessRequest& request, const WatchedLog* log);

/// The answer to `OldSizeNotOurs`: the size cosigned last, and its content type.
[[nodiscard]] std::string conflict_body(uint64_t size);
inline constexpr std::string_view kConflictContentType = "text/x.tlog.size";
/// Inverse of `conflict_body`, for the log. Invalid for anything else.
[[nodiscard]] base::Result<uint64_t> parse_conflict_body(std::string_view body);

}  // namespace srasta::tlog
