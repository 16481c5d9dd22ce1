#pragma once

#include "base/result.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// What makes a checkpoint count (C2SP tlog-policy): which logs may have signed it, and which
/// witnesses must have cosigned it.

/// No policy that we read is larger.
inline constexpr size_t kMostPolicyBytes = 256 * 1024;

class Policy {
 public:
  /// Invalid for anything that is no policy: the message names the line. TooLarge over the limit.
  /// Witness keys of other types than `CosignatureV1` are Unsupported.
  [[nodiscard]] static base::Result<Policy> parse(std::string_view text);

  /// May be empty: then the logs are known from elsewhere.
  [[nodiscard]] std::span<const VerifierKey> logs() const { return logs_; }
  /// In the order of their lines.
  [[nodiscard]] std::span<const VerifierKey> witnesses() const { return witnesses_; }
  /// `quorum none`: no cosignature is asked for.
  [[nodiscard]] bool asks_for_none() const { return !quorum_; }

  /// Whether the note has enough cosignatures. What the log signed is not looked at.
  /// Unauthenticated when a line of one of the witnesses is wrong.
  [[nodiscard]] base::Result<bool> is_met(const Note& note) const;

 private:
  friend class PolicyParser;

  /// A witness, or a group of earlier ones.
  struct Party {
    std::string name;
    std::optional<size_t> witness;  ///< which of `witnesses_`; a group otherwise
    std::vector<size_t> members;    ///< parties
    uint64_t wanted = 0;            ///< how many of them
    bool has_group = false;         ///< it is a member already
  };

  std::vector<VerifierKey> logs_;
  std::vector<VerifierKey> witnesses_;
  std::vector<Party> parties_;  ///< a group behind its members
  std::optional<size_t> quorum_;
};

}  // namespace srasta::tlog
