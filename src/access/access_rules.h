#pragma once

#include "access/principal.h"
#include "access/role.h"
#include "base/strong.h"
#include "config/address.h"
#include "crypto/hash.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace srasta::access {

/// What a persona leaves of a caller's rights.
struct PersonaRule {
  PermissionSet permissions = PermissionSet::everything();
  std::optional<std::vector<std::string>> models = std::nullopt;  ///< patterns; nothing: all
};

/// How one caller is treated otherwise than his credential says.
struct UserRule {
  bool disabled = false;
  std::vector<base::RoleName> deny_roles = {};
};

/// One API key, without its secret.
struct KeyRule {
  crypto::Digest secret{};  ///< SHA-256 of the secret part
  std::string subject = {};
  base::TenantId tenant = {};
  std::vector<base::RoleName> roles = {};
  std::optional<std::vector<std::string>> models = std::nullopt;  ///< patterns
  std::vector<std::string> personas = {};
  std::vector<config::AddressBlock> networks = {};  ///< empty: any address
  int64_t expires = 0;                              ///< seconds since 1970
};

/// Everything that decides who may do what, as plain values: what an access snapshot is made from.
struct AccessRules {
  uint64_t revision = 0;
  crypto::Digest source{};  ///< of the configuration that this came from
  uint32_t directory = 0;   ///< how many changes of the directory are in it; 0: none
  RoleTable roles = RoleTable::built_in();
  std::map<base::TenantId, bool> tenants = {};  ///< registered; true: suspended
  /// Patterns by role; nothing: every role may use every model.
  std::optional<std::map<base::RoleName, std::vector<std::string>>> models = std::nullopt;
  std::map<std::string, PersonaRule, std::less<>> personas = {};
  /// Public keys of the built-in issuer, a JWK each: those that sign, and those whose tokens may
  /// still be about.
  std::vector<std::string> issuer_keys = {};
  std::map<PrincipalBytes, UserRule, PrincipalOrder> users = {};
  std::map<std::string, KeyRule, std::less<>> keys = {};  ///< by id, 12 characters
};

}  // namespace srasta::access
