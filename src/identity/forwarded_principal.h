#pragma once

#include "access/claimed.h"
#include "access/permission.h"
#include "base/strong.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

inline constexpr std::string_view kPlatformTenant = "platform";

/// "svc:<service>"
[[nodiscard]] std::string service_subject(std::string_view service);

/// Who acts, as one service tells another. A service that acts for itself is "svc:<name>" in the
/// tenant "platform".
struct ForwardedPrincipal {
  std::string subject;
  base::TenantId tenant;
  std::vector<base::RoleName> roles;
  /// Who vouched for the subject first, as principals are named by; empty for services themselves.
  std::string issuer = {};
  /// Of somebody else: what he may do, nothing when it is not set. Of a service itself: set when
  /// something narrows what its roles permit.
  std::optional<access::PermissionSet> permissions = std::nullopt;
  std::vector<std::string> personas = {};
  std::vector<std::string> groups = {};
  std::vector<access::Delegate> delegates = {};  ///< of somebody else: who acts for him
  bool machine = false;     ///< of somebody else: a machine account acts, not a person
  std::string key_id = {};  ///< of somebody else: the API key that was used; empty: none

  /// Subjects that somebody else vouched for may be spelled like a service's and are none.
  [[nodiscard]] bool is_service() const { return issuer.empty() && subject.starts_with("svc:"); }
};

/// The value of X-Srasta-Principal: base64url of a JSON object with `sub`, `tenant` and `roles`,
/// and where they are set `iss`, `permissions`, `personas`, `groups`, `act`, `kind` and `key`.
[[nodiscard]] std::string encode_principal(const ForwardedPrincipal& principal);

/// The inverse. Members with other names are left alone, so that services of different age can
/// talk. Nothing for anything else: not base64url, more than 4 KiB, an empty or controlling
/// subject, tenant, issuer or key, a kind that is not known, roles, permissions, personas or groups
/// that are not an array of texts, an `act` that is not one of at most `access::kMaxDelegates`
/// objects with `iss` and `sub`. A permission that is not known here is one that nobody asks for.
[[nodiscard]] std::optional<ForwardedPrincipal> parse_principal(std::string_view encoded);

}  // namespace srasta::identity
