#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::audit {

/// Why something was refused, failed or ended: `data.reason` of a record. The list is closed, so
/// that no text of a request can become a reason. One enumerator for each row of
/// governance/reasons.tsv, in their order: `keys_stale` is KeysStale. docs/audit-events.md says
/// what each means.
enum class Reason : uint8_t {
  None,  ///< nothing to say: the member is left out
#include "reason_enumerators.inc"
};

/// The name in records; empty for None.
[[nodiscard]] std::string_view to_string(Reason reason);
/// The reason of that name; nothing for names that are not in the list (and for "").
[[nodiscard]] std::optional<Reason> find_reason(std::string_view name);

}  // namespace srasta::audit
