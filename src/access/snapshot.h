#pragma once

#include "access/access_rules.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::access {

/// The bytes of `rules` as an access snapshot of `epoch` (docs/formats/access-snapshot.md),
/// authenticated with HMAC-SHA256 under `key`.
[[nodiscard]] std::string encode_snapshot(const AccessRules& rules, uint64_t epoch,
                                          std::string_view key);

/// One access snapshot: who may do what at one moment. Immutable; safe to share between threads.
/// Roles, tenants, personas and model lists are read once; users and keys are looked up in the
/// bytes as they lie there, so a million of them cost only their bytes.
class AccessSnapshot {
 public:
  /// Keeps the bytes, so that what was authenticated is what decides. Code::Denied: the
  /// authentication fails; Code::Corrupt: not a snapshot; Code::Unsupported: of another version.
  [[nodiscard]] static base::Result<std::shared_ptr<const AccessSnapshot>> open(
      std::string bytes, std::string_view key);
  /// In memory, for callers that have the rules at hand.
  [[nodiscard]] static std::shared_ptr<const AccessSnapshot> of(const AccessRules& rules);

  [[nodiscard]] uint64_t epoch() const { return epoch_; }
  [[nodiscard]] uint64_t revision() const { return rules_.revision; }
  [[nodiscard]] const crypto::Digest& source() const { return rules_.source; }
  [[nodiscard]] uint32_t directory() const { return rules_.directory; }
  [[nodiscard]] const RoleTable& roles() const { return rules_.roles; }
  /// See `AccessRules`.
  [[nodiscard]] const std::vector<std::string>& issuer_keys() const { return rules_.issuer_keys; }

  enum class TenantState : uint8_t { Unknown, Suspended, Active };
  [[nodiscard]] TenantState tenant(const base::TenantId& tenant) const;
  /// What the roles may use together; without any list: everything.
  [[nodiscard]] std::optional<std::vector<std::string>> models_of(
      const std::vector<base::RoleName>& roles) const;
  [[nodiscard]] const PersonaRule* persona(std::string_view name) const;
  [[nodiscard]] std::optional<UserRule> user(const PrincipalBytes& principal) const;
  [[nodiscard]] std::optional<KeyRule> key(std::string_view id) const;
  [[nodiscard]] size_t users() const { return users_.size() / kUserEntry; }
  [[nodiscard]] size_t keys() const { return keys_.size() / kKeyEntry; }

 private:
  friend class SnapshotReader;
  static constexpr size_t kUserEntry = 24;  // principal, offset of the rule
  static constexpr size_t kKeyEntry = 20;   // id, offset of the rule

  AccessSnapshot() = default;

  std::string bytes_;
  std::string_view users_;
  std::string_view keys_;
  AccessRules rules_;  // without users and keys
  uint64_t epoch_ = 0;
};

}  // namespace srasta::access
