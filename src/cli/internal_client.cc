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

std::string signed_fields(const std::string& callee, const identity::ForwardingKey& key,
                          const std::string& path) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  identity::NonceSource nonces(base::to_hex(base::random_bytes(entropy, kBootIdBytes)), 0);
  const identity::ForwardedPrincipal self{
      "svc:" + std::string(kBackup), base::TenantId("platform"), {base::RoleName("operator")}};
  const identity::ForwardedHead head{
      .caller = std::string(kBackup),
      .callee = callee,
      .method = "POST",
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
      .key_id = key.id};
  std::string text;
  for (const auto& [name, value] :
       identity::forwarded_fields(head, identity::sign_forwarded(head, key))) {
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

base::Result<std::string> post_internal(const std::string& socket, const std::string& callee,
                                        const identity::ForwardingKey& key,
                                        const std::string& path) {
  SRASTA_TRY_ASSIGN(
      Answer answer,
      one_request({.url = {.host = "localhost", .port = 80, .path = {}}, .unix_path = socket},
                  {.method = "POST",
                   .path = path,
                   .fields = signed_fields(callee, key, path),
                   .body = {}}));
  if (answer.status == 200) return std::move(answer.body);
  return base::make_error(base::Code::Unavailable, fmt::format("{} answered {} {} to {}", callee,
                                                               answer.status, answer.code, path));
}

}  // namespace srasta::cli
