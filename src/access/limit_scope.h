#pragma once

#include "base/strong.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::access {

/// Whose use a limit or a budget counts together.
enum class LimitPer : uint8_t { Principal, Key, Tenant, Model };

/// principal, key, tenant, model: audit's reason for a rate limit.
[[nodiscard]] std::string_view to_string(LimitPer per);

/// Who asks, as limits and budgets see it. Views: for the length of a call.
struct LimitSubject {
  std::string_view principal;
  std::string_view tenant;
  std::span<const base::RoleName> roles;
  std::string_view key;    ///< id of the API key; empty: the credential is none
  std::string_view model;  ///< empty: not known yet
};

/// To whom a rule applies.
struct LimitScope {
  std::vector<base::RoleName> roles;    ///< any of them; empty: all
  std::vector<base::TenantId> tenants;  ///< any of them; empty: all
  std::vector<std::string> models;      ///< patterns, any of them; empty: all

  /// Without a model in `subject`, a scope that names models covers nobody.
  [[nodiscard]] bool covers(const LimitSubject& subject) const;
};

/// What of the subject is counted. Nothing when it has no API key or no model yet: the rule does
/// not bind then.
[[nodiscard]] std::optional<std::string_view> counted_name(LimitPer per,
                                                           const LimitSubject& subject);

}  // namespace srasta::access
