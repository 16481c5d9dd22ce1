#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::audit {

/// What a record is about: a closed vocabulary, `noun.verb[.phase]`. One enumerator for each row of
/// governance/acts.tsv, in their order: `auth.keys.fail` is AuthKeysFail. docs/audit-events.md says
/// what each means and which members its `data` may have.
enum class Act : uint8_t {
#include "act_enumerators.inc"
};

/// How it ended. Deny is zero.
enum class Outcome : uint8_t { Deny, Allow, Error, Ok, Unknown };

/// What the producer of a record waits for, and what happens when the log cannot commit:
/// Must: waits until it is on disk, refuses otherwise. Should: does not wait while the backlog is
/// within its bounds, then as Must. May: never waits; losses are counted.
enum class Durability : uint8_t { Must, Should, May };

[[nodiscard]] std::string_view to_string(Act act);
[[nodiscard]] std::string_view to_string(Outcome outcome);
[[nodiscard]] std::string_view to_string(Durability durability);

[[nodiscard]] std::optional<Act> find_act(std::string_view name);
[[nodiscard]] std::optional<Outcome> find_outcome(std::string_view name);

}  // namespace srasta::audit
