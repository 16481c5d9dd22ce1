#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "identity/replay_window.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::identity {

/// Why signed internal identity was refused; `to_string` is the audit reason. The code is
/// fwd_invalid (401), except for Busy: fwd_busy (503).
enum class ForwardedFault : uint8_t {
  Missing,
  Duplicate,
  Malformed,
  KeyId,
  Signature,
  Window,
  Replay,
  BodyHash,
  Principal,  ///< genuine, but not one that this receiver serves
  Busy,
};

[[nodiscard]] std::string_view to_string(ForwardedFault fault);

/// Whether a header belongs to the platform: X-Srasta-*, in any case, with "_" for "-", also with
/// the HTTP_ that CGI puts in front. Such a header is removed from outside requests and from engine
/// answers.
[[nodiscard]] bool is_platform_header(std::string_view name);

inline constexpr std::string_view kForwardedVersion = "srasta-fwd-v2";
inline constexpr base::Seconds kForwardedSkew{30};
inline constexpr size_t kMaxPrincipalBytes = 4096;

/// What is bound to one internal hop. Text fields have no control characters; `sign` and `verify`
/// refuse others, so the lines of the canonical form cannot be shifted.
struct ForwardedHead {
  std::string caller;  ///< service that sends
  std::string callee;  ///< service that receives
  std::string method;
  std::string target;  ///< raw, as on the wire
  std::string content_type;
  std::optional<uint64_t> content_length;
  std::string principal;  ///< base64url of the principal's JSON
  std::string request_id;
  int64_t timestamp_ms = 0;
  std::string nonce;       ///< <boot id>-<core>.<counter>
  std::string audit_head;  ///< of the sender's chain
  std::string body_mode;   ///< "sha256=<64 lower-case hex>" or "stream"
  std::string key_id;
};

/// The head of a sender's audit log, as X-Srasta-Audit shows it.
struct AuditHead {
  std::string stream;  ///< 1 to 32 of a-z, 0-9, "-"; empty: the sender has no log
  uint64_t records = 0;
  crypto::Digest leaf{};  ///< of the last of them
};

/// `<stream>:<records>:<64 lower-case hexadecimal digits>`, or "-" without a stream.
[[nodiscard]] std::string to_string(const AuditHead& head);
/// The stream that a service writes: it has its name; the supervisor's is `install`.
[[nodiscard]] std::string_view audit_stream_of(std::string_view service);
/// The inverse; nothing for anything else.
[[nodiscard]] std::optional<AuditHead> parse_audit_head(std::string_view text);

/// The signed text: the version and the fields above, one a line, in that order.
[[nodiscard]] std::string canonical(const ForwardedHead& head);

/// "sha256=<hex>" of a body that is held.
[[nodiscard]] std::string body_mode_of(std::string_view body);
inline constexpr std::string_view kStreamedBody = "stream";
inline constexpr std::string_view kBodyMacTrailer = "X-Srasta-Body-Mac";

/// A key of one pair of services.
struct ForwardingKey {
  std::string id;  ///< 1 to 32 of a-z, 0-9, "-"
  base::Secret secret;
};

/// HMAC-SHA256 over `canonical(head)` in lower-case hex: X-Srasta-Signature.
[[nodiscard]] std::string sign_forwarded(const ForwardedHead& head, const ForwardingKey& key);

/// X-Srasta-Body-Mac of a streamed body: HMAC(key, header MAC || length as eight big-endian bytes
/// || SHA-256(body)) in lower-case hex. Nothing of the body may become visible before it verified.
[[nodiscard]] std::string body_mac(std::string_view signature, uint64_t length,
                                   const crypto::Digest& body, const ForwardingKey& key);

/// Nonces of one core of one boot of a sender: they count up. For one thread.
class NonceSource {
 public:
  /// `boot_id`: 16 to 40 letters and digits, fresh at each start.
  NonceSource(std::string boot_id, unsigned core);
  [[nodiscard]] std::string next();

 private:
  std::string prefix_;
  uint64_t counter_ = 0;
};

/// The header fields of a signed head, in wire order: X-Srasta-Principal, -Request-Id, -Timestamp,
/// -Nonce, -Audit, -Body, -Key-Id, -Signature.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> forwarded_fields(
    const ForwardedHead& head, std::string_view signature);

/// What the receiver knows about the request without the platform's fields.
struct ReceivedRequest {
  std::string caller;  ///< by the socket or connection it came from
  std::string callee;  ///< the receiver itself
  std::string method;
  std::string target;
  std::string content_type;
  std::optional<uint64_t> content_length;
};

struct SignedHead {
  ForwardedHead head;
  std::string signature;
};

/// Finds the eight fields (names in any case). Missing, Duplicate (equal values too), Malformed.
[[nodiscard]] std::expected<SignedHead, ForwardedFault> read_forwarded(
    std::span<const std::pair<std::string_view, std::string_view>> fields, ReceivedRequest request);

/// The receiving end of one pair of services. For one thread.
class ForwardedVerifier {
 public:
  /// Heads signed by `current`, or by `previous` while there is one, are accepted. `started`:
  /// this receiver's own start; a sender's boot that it has not seen must speak after it, so
  /// nothing captured before a restart can be replayed to it.
  ForwardedVerifier(ForwardingKey current, std::optional<ForwardingKey> previous,
                    base::WallTime started);

  /// Checks form (Malformed), key (KeyId), signature in constant time (Signature), timestamp
  /// (Window), nonce (Replay, Busy). The nonce counts as used only when everything else held.
  [[nodiscard]] std::expected<void, ForwardedFault> verify(const SignedHead& head,
                                                           base::WallTime now);

  /// Whether `body` is what a verified head with body mode sha256 promised.
  [[nodiscard]] static bool body_matches(const ForwardedHead& head, const crypto::Digest& body);
  /// Whether the trailer of a verified streamed head fits the body that arrived.
  [[nodiscard]] bool trailer_matches(const SignedHead& head, uint64_t length,
                                     const crypto::Digest& body, std::string_view trailer) const;

 private:
  [[nodiscard]] const ForwardingKey* find_key(std::string_view id) const;

  std::vector<ForwardingKey> keys_;
  ReplayWindow window_;
};

}  // namespace srasta::identity
