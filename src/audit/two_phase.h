#pragma once

#include "audit/act.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::audit {

/// Some acts are told in two records that carry one request id: one before anything is done, and
/// one of what came of it. An inference is (`inference.request` with `allow`; `inference.complete`,
/// `.abort` or `.error`), so is every act `X.intent` with its `X.outcome`, and so is a change of
/// who may do what: an act of the nouns tenant, user, group, role, key and license with `allow`,
/// then the same act with `ok`, `error` or `unknown`.
enum class Phase : uint8_t { None, Begin, End };

struct Step {
  Phase phase = Phase::None;
  std::string_view family;  ///< the same for both records; of `act` or static
};

[[nodiscard]] Step step_of(std::string_view act, std::string_view outcome);

/// The act that ends what `act` began, when nobody saw how: recorded with `unknown`. Nothing for
/// acts that begin nothing.
[[nodiscard]] std::optional<Act> unseen_end_of(std::string_view act);

}  // namespace srasta::audit
