#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

constexpr std::string_view kAlgorithms = "RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|EdDSA";
constexpr std::string_view kPresets = "generic|zitadel|keycloak|entra|okta|auth0";

Issuer& issuer(Config& config) {
  return config.issuers.back();
}

// Values are checked before they get here: parsing what the table allows cannot fail.
IdentityPreset preset(std::string_view text) {
  for (const auto one : {IdentityPreset::Zitadel, IdentityPreset::Keycloak, IdentityPreset::Entra,
                         IdentityPreset::Okta, IdentityPreset::Auth0}) {
    if (to_string(one) == text) return one;
  }
  return IdentityPreset::Generic;
}

void set_algorithms(Config& config, const Value& value) {
  issuer(config).algorithms.clear();
  for (const std::string& name : value.list) {
    if (const auto parsed = crypto::parse_algorithm(name)) {
      issuer(config).algorithms.push_back(*parsed);
    }
  }
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "identity", .help = "Who callers are."},
    {.path = "identity.issuers", .kind = Kind::Sections,
     .help = "Token issuers besides the built-in one, by exact URL.",
     .set = [](Config& c, const Value&) { c.issuers.emplace_back(); }},
    {.path = "identity.issuers[].url", .kind = Kind::Url, .required = true,
     .help = "Exact value of `iss`, without discovery path. https, or http on loopback with "
             "`allow_loopback_http`.",
     .set = [](Config& c, const Value& v) { issuer(c).url = v.text; }},
    {.path = "identity.issuers[].preset", .kind = Kind::Choice, .fallback = "generic",
     .choices = kPresets,
     .help = "The provider, which decides where subject, tenant, roles and scopes stand in a token "
             "unless the options below say otherwise (docs/identity.md).",
     .set = [](Config& c, const Value& v) { issuer(c).preset = preset(v.text); }},
    {.path = "identity.issuers[].audiences", .kind = Kind::Text, .list = true, .required = true,
     .help = "A token must name one of them in `aud`.",
     .set = [](Config& c, const Value& v) { issuer(c).audiences = v.list; }},
    {.path = "identity.issuers[].algorithms", .kind = Kind::Choice, .list = true,
     .fallback = "RS256, ES256, EdDSA", .choices = kAlgorithms,
     .help = "Signature algorithms that are accepted from this issuer.",
     .set = set_algorithms},
    {.path = "identity.issuers[].authorized_parties", .kind = Kind::Text, .list = true,
     .help = "When given, `azp` (else `client_id`, else `cid`) must be one of them: the clients of "
             "the provider that may call.",
     .set = [](Config& c, const Value& v) { issuer(c).authorized_parties = v.list; }},
    {.path = "identity.issuers[].ca_file", .kind = Kind::File,
     .help = "PEM certificates to trust for this issuer in place of the system's.",
     .set = [](Config& c, const Value& v) { issuer(c).ca_file = v.text; }},
    {.path = "identity.issuers[].socket", .kind = Kind::File,
     .help = "Unix socket on which the issuer's discovery document and keys are fetched, over plain "
             "HTTP, whatever the host in its URL. Whoever may bind it says which keys are right.",
     .set = [](Config& c, const Value& v) { issuer(c).socket = v.text; }},
    {.path = "identity.issuers[].allow_loopback_http", .kind = Kind::Boolean, .fallback = "false",
     .help = "Accept an http URL when its host is a loopback address.",
     .set = [](Config& c, const Value& v) { issuer(c).allow_loopback_http = v.flag; }},
    {.path = "identity.issuers[].jwks_hosts", .kind = Kind::Host, .list = true,
     .help = "Hosts besides the issuer's own that its `jwks_uri` may name.",
     .set = [](Config& c, const Value& v) { issuer(c).jwks_hosts = v.list; }},
    {.path = "identity.issuers[].max_stale", .kind = Kind::Duration, .fallback = "24h",
     .least = 10 * kSecond, .most = 30 * kDay,
     .help = "How long the last good keys serve while the provider cannot be reached; afterwards "
             "its tokens are refused with 503 `identity_unavailable`.",
     .set = [](Config& c, const Value& v) { issuer(c).max_stale = Millis(v.number); }},
    {.path = "identity.issuers[].tenant",
     .help = "The caller's tenant: a claim, or one fixed value."},
    {.path = "identity.issuers[].tenant.claim", .kind = Kind::Pointer,
     .help = "JSON pointer of the claim. Default by preset; generic: /tenant.",
     .set = [](Config& c, const Value& v) { issuer(c).tenant.claim = v.text; }},
    {.path = "identity.issuers[].tenant.fixed", .kind = Kind::Name,
     .help = "Tenant of every caller of this issuer. Not together with `claim`.",
     .set = [](Config& c, const Value& v) { issuer(c).tenant.fixed = base::TenantId(v.text); }},
    {.path = "identity.issuers[].tenant.allowed", .kind = Kind::Name, .list = true,
     .help = "Tenants that this issuer may speak for. Without it: all.",
     .set = [](Config& c, const Value& v) {
       issuer(c).tenant.allowed = names<base::TenantId>(v);
     }},
    {.path = "identity.issuers[].tenant.map",
     .help = "Claim value to tenant. Without it claim values are tenant names."},
    {.path = "identity.issuers[].tenant.map.*", .kind = Kind::Name,
     .help = "The tenant that this claim value means.",
     .set = [](Config& c, const Value& v) {
       issuer(c).tenant.map[v.name] = base::TenantId(v.text);
     }},
    {.path = "identity.issuers[].roles", .help = "The caller's roles."},
    {.path = "identity.issuers[].roles.claims", .kind = Kind::Pointer, .list = true,
     .help = "JSON pointers of the claims, all of them read: one text, a list of texts, or an "
             "object with one member a role. Default by preset; generic: /roles.",
     .set = [](Config& c, const Value& v) { issuer(c).roles.claims = v.list; }},
    {.path = "identity.issuers[].roles.map",
     .help = "Claim value to roles. Without it claim values are role names."},
    {.path = "identity.issuers[].roles.map.*", .kind = Kind::Name, .list = true,
     .help = "Roles that this claim value gives.",
     .set = [](Config& c, const Value& v) {
       issuer(c).roles.map[v.name] = names<base::RoleName>(v);
     }},
    {.path = "identity.issuers[].scopes", .help = "The token's own narrowing."},
    {.path = "identity.issuers[].scopes.claim", .kind = Kind::Pointer,
     .help = "JSON pointer of the claim: texts separated by spaces, or a list. Only values that "
             "begin with `srasta:` count; a token with any of them may do what they name and no "
             "more. Default by preset; generic: /scope.",
     .set = [](Config& c, const Value& v) { issuer(c).scopes_claim = v.text; }},
    {.path = "identity.issuers[].personas", .help = "The caller's personas."},
    {.path = "identity.issuers[].personas.claim", .kind = Kind::Pointer, .fallback = "/personas",
     .help = "JSON pointer of the claim: one text or a list of texts that name `access.personas`.",
     .set = [](Config& c, const Value& v) { issuer(c).personas_claim = v.text; }},
    {.path = "identity.issuers[].personas.map",
     .help = "Claim value to personas. Without it claim values are names of personas; with it no "
             "other value counts."},
    {.path = "identity.issuers[].personas.map.*", .kind = Kind::Name, .list = true,
     .help = "Personas that this claim value gives.",
     .set = [](Config& c, const Value& v) { issuer(c).personas_map[v.name] = v.list; }},
    {.path = "identity.issuers[].groups", .help = "The caller's groups, for other services."},
    {.path = "identity.issuers[].groups.claim", .kind = Kind::Pointer,
     .help = "JSON pointer of the claim, in the forms of `roles.claims`. Without it a caller has no "
             "groups.",
     .set = [](Config& c, const Value& v) { issuer(c).groups_claim = v.text; }},
    {.path = "identity.issuers[].groups.map",
     .help = "Claim value to the name of the group here. Without it the value is the name; with it "
             "no other value counts."},
    {.path = "identity.issuers[].groups.map.*", .kind = Kind::Name,
     .help = "The group that this claim value means.",
     .set = [](Config& c, const Value& v) { issuer(c).groups_map[v.name] = v.text; }},
    {.path = "identity.issuers[].act", .help = "Who acts for the caller."},
    {.path = "identity.issuers[].act.claim", .kind = Kind::Pointer, .fallback = "/act",
     .help = "JSON pointer of the claim (RFC 8693 section 4.1).",
     .set = [](Config& c, const Value& v) { issuer(c).act_claim = v.text; }},
    {.path = "identity.issuers[].sign_in",
     .help = "Sign-in at this provider for the platform's own pages, by authorization code with PKCE. "
             "Register `<URL of the gateway>/auth/callback` there (docs/sign-in.md)."},
    {.path = "identity.issuers[].sign_in.client_id", .kind = Kind::Text, .required = true,
     .help = "As what this platform is registered there. ID tokens must name it in `aud`.",
     .set = [](Config& c, const Value& v) { issuer(c).sign_in.client_id = v.text; }},
    {.path = "identity.issuers[].sign_in.client_secret_file", .kind = Kind::File, .secret = true,
     .help = "File with its secret, which only its owner may read. Without one it is a public client "
             "and proves itself by PKCE alone.",
     .set = [](Config& c, const Value& v) { issuer(c).sign_in.client_secret_file = v.text; }},
    {.path = "identity.issuers[].sign_in.label", .kind = Kind::Text,
     .help = "What the button of the sign-in's page calls the provider. Default: the issuer's host.",
     .set = [](Config& c, const Value& v) { issuer(c).sign_in.label = v.text; }},
    {.path = "identity.issuers[].sign_in.scopes", .kind = Kind::Text, .list = true,
     .help = "What is asked for, `openid` among it. Default: openid, profile, email.",
     .set = [](Config& c, const Value& v) { issuer(c).sign_in.scopes = v.list; }},
    {.path = "identity.issuers[].sign_in.hosts", .kind = Kind::Host, .list = true,
     .help = "Hosts besides the issuer's own that its authorization and token endpoints may name.",
     .set = [](Config& c, const Value& v) { issuer(c).sign_in.hosts = v.list; }},
    {.path = "tenants", .kind = Kind::Name, .list = true, .fallback = "default",
     .help = "Tenants that exist. Tokens of any other tenant are refused.",
     .set = [](Config& c, const Value& v) { c.tenants = names<base::TenantId>(v); }},
});
// clang-format on

}  // namespace

std::span<const Option> identity_options() {
  return kOptions;
}

}  // namespace srasta::config
