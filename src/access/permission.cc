#include "access/permission.h"

#include <array>

namespace srasta::access {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kPermissionCount> kNames = {
    "inference.models", "inference.invoke", "inference.embed",  "rag.read",       "rag.write",
    "rag.delete",       "rag.admin",        "sessions.read",    "sessions.write", "memory.read",
    "memory.propose",   "memory.approve",   "tools.read",       "tools.write",    "tools.run",
    "tools.approve",    "policy.read",      "policy.admin",     "audit.read",     "audit.verify",
    "audit.export",     "admin.read",       "admin.users",      "admin.roles",    "admin.keys",
    "admin.config",     "admin.license",    "admin.metrics",    "keys.self",      "console.login",
    "recovery.read",    "recovery.plan",    "recovery.approve", "recovery.run",   "scanner.read",
    "scanner.run",      "scanner.waive",
};

}  // namespace

std::string_view to_string(Permission permission) {
  return kNames[static_cast<size_t>(permission)];
}

std::optional<Permission> parse_permission(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Permission>(i);
  }
  return std::nullopt;
}

std::optional<PermissionSet> parse_grant(std::string_view text) {
  PermissionSet granted;
  if (const auto one = parse_permission(text)) {
    granted.insert(*one);
    return granted;
  }
  if (!text.ends_with(".*")) return std::nullopt;
  const std::string_view family = text.substr(0, text.size() - 1);
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].starts_with(family)) granted.insert(static_cast<Permission>(i));
  }
  return granted.empty() ? std::nullopt : std::optional(granted);
}

std::optional<PermissionSet> parse_scopes(std::span<const std::string> values) {
  std::optional<PermissionSet> scopes;
  for (const std::string& value : values) {
    if (!value.starts_with(kScopePrefix)) continue;
    const auto named = parse_grant(std::string_view(value).substr(kScopePrefix.size()));
    scopes = scopes.value_or(PermissionSet{}) | named.value_or(PermissionSet{});
  }
  return scopes;
}

}  // namespace srasta::access
