#pragma once

#include "admin/desk.h"

#include <string>

namespace srasta::admin {

/// All that the actor may read, as one document: tenants, users, groups, roles, keys. No secrets,
/// and none of their digests.
[[nodiscard]] Answered<std::string> export_all(const Desk& desk);

}  // namespace srasta::admin
