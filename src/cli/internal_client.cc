#include "cli/internal_client.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "base/ulid.h"
#include "cli/one_request.h"
#include "crypto/hash.h"
#include "identity/forwarded_principal.h"

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr size_t kBootIdBytes = 16;

std::string signed_fields(const InternalPeer& peer, std::string_view method,
                          const std::string& path) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  identity::NonceSource nonces(base::to_hex(base::random_bytes(entropy, kBootIdBytes)), 0);
  const identity::ForwardedPrincipal self{
      "svc:" + std::string(peer.caller), base::TenantId("platform"), {base::RoleName("operator")}};
  const identity::ForwardedHead head{
      .caller = std::string(peer.caller),
      .callee = peer.callee,
      .method = std::string(method),
      .target = path,
      .content_type = {},
      .content_length = {},
      .principal = identity::encode_principal(self),
      .request_id = base::make_ulid(clock.wall(), entropy),
      .timestamp_ms =
          std::chrono::duration_cast<base::Millis>(clock.wall().time_since_epoch()).count(),
      .nonce = nonces.next(),
      .audit_head = identity::to_string(identity::AuditHead{}),
      .body_mode = identity::body_mode_of({}),
      .key_id = peer.key.id};
  std::string text;
  for (const auto& [name, value] :
       identity::forwarded_fields(head, identity::sign_forwarded(head, peer.key))) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  return text;
}

}  // namespace

identity::ForwardingKey backup_key(const base::Secret& log_key, std::string_view callee) {
  const crypto::Digest digest =
      crypto::hmac_sha256(log_key.expose(), fmt::format("srasta-fwd backup {}", callee));
  return {.id = fmt::format("backup-{}", callee),
          .secret = base::Secret(std::string(crypto::bytes_of(digest)))};
}

base::Result<std::string> ask_internal(const InternalPeer& peer, std::string_view method,
                                       const std::string& path) {
  SRASTA_TRY_ASSIGN(
      Answer answer,
      one_request({.url = {.host = "localhost", .port = 80, .path = {}}, .unix_path = peer.socket},
                  {.method = std::string(method),
                   .path = path,
                   .fields = signed_fields(peer, method, path),
                   .body = {}}));
  if (answer.status == 200) return std::move(answer.body);
  return base::make_error(
      base::Code::Unavailable,
      fmt::format("{} answered {} {} to {}", peer.callee, answer.status, answer.code, path));
}

}  // namespace srasta::cli
