#pragma once

#include "access/caller.h"
#include "audit/commitment.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// The tenant whose holders of audit.read see the records of all tenants, and those that are about
/// no tenant. It exists only where an operator has registered it.
inline constexpr std::string_view kPlatformTenant = "platform";

/// The only tenant whose records a holder of audit.read sees; empty: all. Nothing: none at all.
[[nodiscard]] std::optional<std::string> sight_of(const access::Caller& caller);

/// Whether a record was made by what `caller` did: same id, same kind, same tenant. With a
/// `commitment`, records name him by that.
[[nodiscard]] bool is_own(std::string_view line, const access::Caller& caller,
                          const std::optional<audit::Commitment>& commitment);

}  // namespace srasta::evidence
