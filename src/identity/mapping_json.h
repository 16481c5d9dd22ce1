#pragma once

#include "identity/claim_mapping.h"
#include "json/document.h"

#include <optional>
#include <string>

namespace srasta::identity {

/// Who somebody is here by the claims of an issuer, as JSON: tenant, subject, roles, scopes (as
/// permissions), personas, groups and whether groups were left out. Delegates and whether a machine
/// acts are not among them: nobody who has either signs in.
[[nodiscard]] std::string to_json(const Mapping& mapping);

/// The inverse; nothing for what `to_json` does not make.
[[nodiscard]] std::optional<Mapping> parse_mapping(json::Value json);

}  // namespace srasta::identity
