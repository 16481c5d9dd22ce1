#pragma once

#include "config/config.h"
#include "identity/claim_mapping.h"

namespace srasta::identity {

/// The mapping of an issuer: what its configuration says, and its preset where that says nothing.
///
/// | preset   | subject      | tenant                                   | roles                  |
/// scopes | | generic  | /sub         | /tenant                                  | /roles | /scope
/// | | zitadel  | /sub         | /urn:zitadel:iam:user:resourceowner:id   | .../project:roles |
/// /scope | | keycloak | /sub         | /organization                            |
/// /realm_access/roles, /resource_access/AUDIENCE/roles | /scope | | entra    | /tid + /oid  | /tid
/// | /roles                 | /scp   | | okta     | /uid         | /tenant | /groups | /scp   | |
/// auth0    | /sub         | /org_id                                  | /permissions           |
/// /scope |
[[nodiscard]] MappingRules mapping_rules(const config::Issuer& issuer);

}  // namespace srasta::identity
