#include "identity/preset.h"

namespace srasta::identity {
namespace {

using config::IdentityPreset;

/// A name as one part of a JSON pointer (RFC 6901 section 3).
std::string pointer_part(std::string_view name) {
  std::string part = "/";
  for (const char c : name) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part += c;
    }
  }
  return part;
}

MappingRules rules_of(IdentityPreset preset, const std::vector<std::string>& audiences) {
  MappingRules rules;
  switch (preset) {
    case IdentityPreset::Generic:
      break;
    case IdentityPreset::Zitadel:
      rules.tenant.claim = "/urn:zitadel:iam:user:resourceowner:id";
      rules.roles.claims = {"/urn:zitadel:iam:org:project:roles"};
      for (const std::string& audience : audiences) {
        rules.roles.claims.push_back("/urn:zitadel:iam:org:project:" + audience + ":roles");
      }
      break;
    case IdentityPreset::Keycloak:
      rules.tenant.claim = "/organization";
      rules.roles.claims = {"/realm_access/roles"};
      for (const std::string& audience : audiences) {
        rules.roles.claims.push_back("/resource_access" + pointer_part(audience) + "/roles");
      }
      break;
    case IdentityPreset::Entra:
      // `sub` of Entra ID is another one for every application; tenant and object id are not.
      rules.subject = {"/tid", "/oid"};
      rules.tenant.claim = "/tid";
      rules.scopes = "/scp";
      break;
    case IdentityPreset::Okta:
      // `sub` of Okta is the login name, which can change hands.
      rules.subject = {"/uid"};
      rules.roles.claims = {"/groups"};
      rules.scopes = "/scp";
      break;
    case IdentityPreset::Auth0:
      rules.tenant.claim = "/org_id";
      rules.roles.claims = {"/permissions"};
      break;
  }
  return rules;
}

}  // namespace

MappingRules mapping_rules(const config::Issuer& issuer) {
  MappingRules rules = rules_of(issuer.preset, issuer.audiences);
  if (!issuer.tenant.claim.empty()) rules.tenant.claim = issuer.tenant.claim;
  rules.tenant.fixed = issuer.tenant.fixed;
  rules.tenant.map = issuer.tenant.map;
  rules.tenant.allowed.insert(issuer.tenant.allowed.begin(), issuer.tenant.allowed.end());
  if (!issuer.roles.claims.empty()) rules.roles.claims = issuer.roles.claims;
  if (!issuer.roles.map.empty()) {
    rules.roles.map.emplace(issuer.roles.map.begin(), issuer.roles.map.end());
  }
  if (!issuer.scopes_claim.empty()) rules.scopes = issuer.scopes_claim;
  rules.personas = issuer.personas_claim;
  if (!issuer.personas_map.empty()) {
    rules.persona_map.emplace(issuer.personas_map.begin(), issuer.personas_map.end());
  }
  rules.groups = issuer.groups_claim;
  rules.group_map = issuer.groups_map;
  rules.delegates = issuer.act_claim;
  return rules;
}

}  // namespace srasta::identity
