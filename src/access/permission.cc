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

}  // namespace srasta::access
