#pragma once

#include "access/role.h"
#include "base/strong.h"
#include "identity/fault.h"
#include "json/document.h"

#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// Where the tenant comes from: a claim, or fixed for the issuer.
struct TenantRule {
  std::string claim = "/tenant";  ///< JSON pointer (RFC 6901); not read when `fixed` is set
  std::optional<base::TenantId> fixed = std::nullopt;
  /// Claim value -> tenant. Empty: the value is the tenant's name.
  std::map<std::string, base::TenantId, std::less<>> map = {};
};

/// Where the roles come from.
struct RoleRule {
  std::vector<std::string> claims = {"/roles"};  ///< JSON pointers, all of them read
  /// Group -> roles. Without a map, a value that is exactly a known role's name is that role.
  std::optional<std::map<std::string, std::vector<base::RoleName>, std::less<>>> map = std::nullopt;
};

struct Mapping {
  base::TenantId tenant;
  std::vector<base::RoleName> roles;  ///< known, without repeats, never empty
};

struct MappingRefusal {
  TokenFault fault = TokenFault::NoTenant;
  std::vector<std::string> claims = {};  ///< pointers that were looked at
};

/// At most this many role values of a token are read.
inline constexpr size_t kMaxRoleValues = 1024;

/// Turns the claims of a verified token into tenant and roles. Immutable; safe to share.
///
/// The tenant is text, an array of one text, or an object with one member (Keycloak
/// organisations); more are TenantAmbiguous, none is NoTenant, a value that is not mapped, not
/// registered or not a tenant name is TenantUnmapped, control characters are ClaimValue.
///
/// Role values are text (separated by spaces), an array of text, or an object with one member a
/// role (Zitadel). A member counts if its value is true, or text or an array that is not empty, or
/// an object that has the principal's own organisation among its members: a role granted by
/// another organisation is not one here. Values are compared byte for byte. No role left is NoRole,
/// or GroupsOverage when the provider left the groups out of the token.
class ClaimMapping {
 public:
  ClaimMapping(TenantRule tenant, RoleRule roles);

  [[nodiscard]] std::expected<Mapping, MappingRefusal> apply(
      json::Value claims, const std::set<base::TenantId>& tenants,
      const access::RoleTable& known) const;

 private:
  [[nodiscard]] std::expected<std::string, TokenFault> tenant_text(json::Value claims) const;
  [[nodiscard]] std::expected<base::TenantId, TokenFault> tenant_of(
      const std::string& text, const std::set<base::TenantId>& tenants) const;
  [[nodiscard]] std::vector<base::RoleName> roles_of(json::Value claims,
                                                     std::string_view organisation,
                                                     const access::RoleTable& known) const;

  TenantRule tenant_;
  RoleRule roles_;
};

}  // namespace srasta::identity
