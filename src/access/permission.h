#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace srasta::access {

/// Everything that can be permitted: the whole catalogue, whether or not a route of this build
/// asks for it. A permission that no role holds is denied to everyone.
enum class Permission : uint8_t {
  InferenceModels,
  InferenceInvoke,
  InferenceEmbed,
  RagRead,
  RagWrite,
  RagDelete,
  RagAdmin,
  SessionsRead,
  SessionsWrite,
  MemoryRead,
  MemoryPropose,
  MemoryApprove,
  ToolsRead,
  ToolsWrite,
  ToolsRun,
  ToolsApprove,
  PolicyRead,
  PolicyAdmin,
  AuditRead,
  AuditVerify,
  AuditExport,
  AdminRead,
  AdminUsers,
  AdminRoles,
  AdminKeys,
  AdminConfig,
  AdminLicense,
  AdminMetrics,
  KeysSelf,
  ConsoleLogin,
  RecoveryRead,
  RecoveryPlan,
  RecoveryApprove,
  RecoveryRun,
  ScannerRead,
  ScannerRun,
  ScannerWaive,
};

inline constexpr size_t kPermissionCount = static_cast<size_t>(Permission::ScannerWaive) + 1;

/// The name in configuration, audit records and answers: "inference.models".
[[nodiscard]] std::string_view to_string(Permission permission);
/// Exact and case-sensitive; families such as "inference.*" are not names.
[[nodiscard]] std::optional<Permission> parse_permission(std::string_view name);

class PermissionSet;

/// A permission, or a whole family as "inference.*". Nothing for anything else, "*" included.
[[nodiscard]] std::optional<PermissionSet> parse_grant(std::string_view text);

/// A set of permissions, as a value. The empty set permits nothing.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  [[nodiscard]] static constexpr PermissionSet everything() {
    return PermissionSet((uint64_t{1} << kPermissionCount) - 1);
  }
  constexpr PermissionSet(std::initializer_list<Permission> permissions) {
    for (const Permission permission : permissions) bits_ |= bit(permission);
  }

  [[nodiscard]] constexpr bool contains(Permission permission) const {
    return (bits_ & bit(permission)) != 0;
  }
  [[nodiscard]] constexpr bool contains_any(PermissionSet permissions) const {
    return (bits_ & permissions.bits_) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr void insert(Permission permission) { bits_ |= bit(permission); }

  /// Union.
  [[nodiscard]] friend constexpr PermissionSet operator|(PermissionSet a, PermissionSet b) {
    return PermissionSet(a.bits_ | b.bits_);
  }
  /// Intersection.
  [[nodiscard]] friend constexpr PermissionSet operator&(PermissionSet a, PermissionSet b) {
    return PermissionSet(a.bits_ & b.bits_);
  }
  /// What is in `a` and not in `b`.
  [[nodiscard]] friend constexpr PermissionSet operator-(PermissionSet a, PermissionSet b) {
    return PermissionSet(a.bits_ & ~b.bits_);
  }
  friend constexpr bool operator==(PermissionSet, PermissionSet) = default;

 private:
  static_assert(kPermissionCount <= 64, "one bit each");
  static constexpr uint64_t bit(Permission permission) {
    return uint64_t{1} << static_cast<unsigned>(permission);
  }
  constexpr explicit PermissionSet(uint64_t bits) : bits_(bits) {}

  uint64_t bits_ = 0;
};

/// What a scope of this platform begins with: "srasta:inference.invoke", "srasta:inference.*".
inline constexpr std::string_view kScopePrefix = "srasta:";

/// What the scopes among `values` name together; nothing: none of them is one of this platform's.
/// One that names nothing that exists permits nothing.
[[nodiscard]] std::optional<PermissionSet> parse_scopes(std::span<const std::string> values);

/// To use tools, which needs a persona besides a role. To approve what somebody else's tools do
/// needs none.
inline constexpr PermissionSet kToolPermissions = {Permission::ToolsRead, Permission::ToolsWrite,
                                                   Permission::ToolsRun};

/// To change who may do what or what others depend on, or to take evidence out. A credential of
/// somebody who has one of them does nothing before its first use is on disk (auth.privileged).
/// Reading, one's own work, and what a plan or a scan only finds out are not among them.
inline constexpr PermissionSet kPrivilegedPermissions = {
    Permission::RagDelete,    Permission::RagAdmin,     Permission::MemoryApprove,
    Permission::ToolsApprove, Permission::PolicyAdmin,  Permission::AuditExport,
    Permission::AdminUsers,   Permission::AdminRoles,   Permission::AdminKeys,
    Permission::AdminConfig,  Permission::AdminLicense, Permission::RecoveryApprove,
    Permission::RecoveryRun,  Permission::ScannerWaive};

}  // namespace srasta::access
