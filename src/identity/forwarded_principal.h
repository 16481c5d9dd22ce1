#pragma once

#include "base/strong.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// Who acts, as one service tells another. A service that acts for itself is "svc:<name>" in the
/// tenant "platform".
struct ForwardedPrincipal {
  std::string subject;
  base::TenantId tenant;
  std::vector<base::RoleName> roles;

  [[nodiscard]] bool is_service() const { return subject.starts_with("svc:"); }
};

/// The value of X-Srasta-Principal: base64url of a JSON object with `sub`, `tenant` and `roles`.
[[nodiscard]] std::string encode_principal(const ForwardedPrincipal& principal);

/// The inverse. Members with other names are left alone, so that services of different age can
/// talk. Nothing for anything else: not base64url, more than 4 KiB, an empty or controlling
/// subject or tenant, roles that are not an array of texts.
[[nodiscard]] std::optional<ForwardedPrincipal> parse_principal(std::string_view encoded);

}  // namespace srasta::identity
