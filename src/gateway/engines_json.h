#pragma once

#include "base/clock.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"

#include <string>

namespace srasta::gateway {

/// What GET /srasta/v1/inference/engines answers: every engine with what is known of it at `now`,
/// and every name that callers can ask for, with where it leads. No address of an engine and no
/// credential is in it.
[[nodiscard]] std::string engines_json(const inference::Catalog& catalog,
                                       const Upstreams& upstreams, base::MonoTime now);

}  // namespace srasta::gateway
