#pragma once

#include "access/claimed.h"
#include "access/permission.h"
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
  /// The only tenants that the issuer may speak for. Empty: any.
  std::set<base::TenantId> allowed = {};
};

/// Where the roles come from.
struct RoleRule {
  std::vector<std::string> claims = {"/roles"};  ///< JSON pointers, all of them read
  /// Group -> roles. Without a map, a value that is exactly a known role's name is that role.
  std::optional<std::map<std::string, std::vector<base::RoleName>, std::less<>>> map = std::nullopt;
};

/// Everything that turns the claims of one issuer into who somebody is here.
struct MappingRules {
  TenantRule tenant = {};
  RoleRule roles = {};
  /// JSON pointers whose texts, joined by ":", are the subject; none: `sub`. If one is missing,
  /// `sub` is the subject.
  std::vector<std::string> subject = {};
  std::string scopes = "/scope";       ///< JSON pointer
  std::string personas = "/personas";  ///< JSON pointer
  /// Claim value -> personas. Without a map the value is the persona's name.
  std::optional<std::map<std::string, std::vector<std::string>, std::less<>>> persona_map =
      std::nullopt;
  /// JSON pointer; empty: the issuer's groups are not read.
  std::string groups = {};
  /// Claim value -> name of the group here. Empty: the value is the name.
  std::map<std::string, std::string, std::less<>> group_map = {};
  std::string delegates = "/act";  ///< JSON pointer
};

struct Mapping {
  base::TenantId tenant;
  /// Mapped, whether or not they exist here, without repeats; may be empty.
  std::vector<base::RoleName> roles;
  std::string subject;
  /// Set when the token carries scopes of this platform.
  std::optional<access::PermissionSet> scopes;
  std::vector<std::string> personas;
  std::vector<std::string> groups;
  std::vector<access::Delegate> delegates;  ///< with the issuer that the token names, or none
  bool machine = false;                     ///< the provider says that a client acts for itself
  bool groups_overage = false;              ///< the provider left the groups out of the token
};

/// What somebody with these claims of `issuer` is taken for.
[[nodiscard]] access::Claimed::Facts facts_of(Mapping mapping, std::string issuer,
                                              std::vector<std::string> role_claims);

struct MappingRefusal {
  TokenFault fault = TokenFault::NoTenant;
  std::vector<std::string> claims = {};  ///< pointers that were looked at
};

/// At most this many groups count: a principal has to fit into a field of 4 KiB.
inline constexpr size_t kMaxGroups = 16;

/// At most this many role values of a token are read.
inline constexpr size_t kMaxRoleValues = 1024;

/// Turns the claims of a verified token into tenant and roles. Immutable; safe to share.
///
/// The tenant is text, an array of one text, or an object with one member (Keycloak
/// organisations); more are TenantAmbiguous, none is NoTenant, a value that is not mapped, not
/// allowed to the issuer or not a tenant name is TenantUnmapped, control characters are ClaimValue.
///
/// Role values are text (separated by spaces), an array of text, or an object with one member a
/// role (Zitadel). A member counts if its value is true, or text or an array that is not empty, or
/// an object that has the principal's own organisation among its members: a role granted by
/// another organisation is not one here. Values are compared byte for byte.
///
/// Scopes are the values of the scope claim that begin with "srasta:" and are not mapped to roles:
/// `srasta:inference.invoke`, `srasta:inference.*`. One that names nothing permits nothing.
///
/// Groups are the values of the group claim as they are, or what they are mapped to; the first
/// `kMaxGroups` that are 1 to 64 bytes without control characters.
///
/// Who acts for the subject stands in the claim `act` (RFC 8693): an object with `sub`, perhaps
/// `iss`, and perhaps `act` again for who acted before. ClaimType: it is none, or a member is no
/// text. ClaimValue: a text of it is empty, too long or has control characters. Delegation: more
/// than `access::kMaxDelegates`.
class ClaimMapping {
 public:
  explicit ClaimMapping(MappingRules rules) : rules_(std::move(rules)) {}

  [[nodiscard]] std::expected<Mapping, MappingRefusal> apply(json::Value claims) const;
  /// What was mapped a while ago, as far as these rules could still give it: other roles, personas
  /// and groups are dropped. TenantUnmapped: not to that tenant any more.
  [[nodiscard]] std::expected<Mapping, MappingRefusal> narrowed(Mapping mapping) const;
  [[nodiscard]] const MappingRules& rules() const { return rules_; }

 private:
  [[nodiscard]] std::expected<std::string, TokenFault> tenant_text(json::Value claims) const;
  [[nodiscard]] std::expected<base::TenantId, TokenFault> tenant_of(const std::string& text) const;
  [[nodiscard]] std::vector<base::RoleName> roles_of(json::Value claims,
                                                     std::string_view organisation) const;
  [[nodiscard]] std::expected<std::string, TokenFault> subject_of(json::Value claims) const;
  [[nodiscard]] std::optional<access::PermissionSet> scopes_of(json::Value claims) const;
  [[nodiscard]] std::vector<std::string> personas_of(json::Value claims) const;
  [[nodiscard]] std::vector<std::string> groups_of(json::Value claims,
                                                   std::string_view organisation) const;

  MappingRules rules_;
};

}  // namespace srasta::identity
