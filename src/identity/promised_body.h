#pragma once

#include "crypto/hash.h"
#include "identity/forwarded.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace srasta::identity {

/// What a verified head says about the body behind it. The receiver reads the body, asks `kept_by`,
/// and lets nothing of it be seen before. May outlive the authenticator that made it.
class PromisedBody {
 public:
  PromisedBody(SignedHead head, std::shared_ptr<const ForwardedVerifier> verifier)
      : head_(std::move(head)), verifier_(std::move(verifier)) {}

  /// The body ends with the trailer X-Srasta-Body-Mac.
  [[nodiscard]] bool is_streamed() const { return head_.head.body_mode == kStreamedBody; }
  /// Whether the body with this length and digest is the one that the sender signed. `trailer`: the
  /// value of X-Srasta-Body-Mac, if it came exactly once. Compares in constant time.
  [[nodiscard]] bool kept_by(uint64_t length, const crypto::Digest& body,
                             std::optional<std::string_view> trailer) const {
    if (!is_streamed()) return ForwardedVerifier::body_matches(head_.head, body);
    return trailer && verifier_->trailer_matches(head_, length, body, *trailer);
  }

 private:
  SignedHead head_;
  std::shared_ptr<const ForwardedVerifier> verifier_;
};

}  // namespace srasta::identity
