#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/strong.h"
#include "config/address.h"
#include "crypto/signature.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::config {

using Millis = std::chrono::milliseconds;

/// A number of bytes.
struct Bytes {
  uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

/// Who encrypts the public listener.
enum class TlsMode : uint8_t { None, Files, TerminatedByProxy };

struct Tls {
  TlsMode mode = TlsMode::None;
  std::string cert_file;  ///< set when mode is Files
  std::string key_file;   ///< set when mode is Files; read with `read_secret_file`
};

/// The provider behind an issuer: decides where things stand in its tokens.
enum class IdentityPreset : uint8_t { Generic, Zitadel, Keycloak, Entra, Okta, Auth0 };

[[nodiscard]] std::string_view to_string(IdentityPreset preset);

/// Where a token's tenant comes from: `fixed`, or the claim at the JSON pointer `claim`.
struct TenantRule {
  std::string claim;  ///< empty: the preset's
  std::optional<base::TenantId> fixed;
  std::map<std::string, base::TenantId, std::less<>> map;  ///< empty: the value is the name
  std::vector<base::TenantId> allowed;                     ///< empty: all
  friend bool operator==(const TenantRule&, const TenantRule&) = default;
};

/// Where a token's roles come from. An empty `map` means that claim values are role names.
struct RoleRule {
  std::vector<std::string> claims;  ///< empty: the preset's
  std::map<std::string, std::vector<base::RoleName>> map;
  friend bool operator==(const RoleRule&, const RoleRule&) = default;
};

/// How people sign in at an issuer for the platform's own pages.
struct ProviderSignIn {
  std::string client_id;           ///< empty: they do not
  std::string client_secret_file;  ///< empty: a public client; read with `read_secret_file`
  std::string label;               ///< for the button; empty: the issuer's host
  std::vector<std::string> scopes;
  std::vector<std::string> hosts;  ///< besides the issuer's own, of its endpoints
  friend bool operator==(const ProviderSignIn&, const ProviderSignIn&) = default;
};

struct Issuer {
  std::string url;  ///< exact; https, or http on loopback with `allow_loopback_http`
  IdentityPreset preset = IdentityPreset::Generic;
  std::vector<std::string> audiences;
  std::vector<crypto::Algorithm> algorithms;
  std::vector<std::string> authorized_parties;
  std::string ca_file;  ///< empty: the system's trust store
  std::string socket;   ///< of Unix, in place of the URL's host; empty: the host is asked
  bool allow_loopback_http = false;
  std::vector<std::string> jwks_hosts;
  base::Millis max_stale{0};  ///< of keys that nothing confirms; whole seconds count
  TenantRule tenant;
  RoleRule roles;
  std::string scopes_claim;  ///< empty: the preset's
  std::string personas_claim;
  std::map<std::string, std::vector<std::string>, std::less<>> personas_map;
  std::string groups_claim;  ///< empty: groups are not read
  std::map<std::string, std::string, std::less<>> groups_map;
  std::string act_claim;
  ProviderSignIn sign_in;
  friend bool operator==(const Issuer&, const Issuer&) = default;
};

struct Persona {
  std::string name;
  std::vector<std::string> permissions;  ///< permissions and families; empty: all
  std::vector<std::string> models;       ///< empty: all
};

/// One caller that is treated otherwise than his tokens say.
struct AccessUser {
  std::string issuer;
  base::TenantId tenant;
  std::string subject;
  bool disabled = false;
  std::vector<base::RoleName> deny_roles;
};

/// One API key. The secret itself is nowhere.
struct AccessKey {
  std::string id;
  std::string secret_sha256;  ///< lower-case hexadecimal
  std::string subject;
  base::TenantId tenant;
  std::vector<base::RoleName> roles;
  std::vector<std::string> models;  ///< empty: what the roles allow
  std::vector<std::string> personas;
  std::vector<AddressBlock> networks;  ///< empty: any
  int64_t expires = 0;                 ///< seconds since 1970
};

/// Who may do what; compiled into the access snapshot.
struct Access {
  std::map<base::RoleName, std::vector<std::string>> roles;  ///< permissions and families
  std::optional<std::map<base::RoleName, std::vector<std::string>>> models;
  std::vector<Persona> personas;
  std::vector<AccessUser> users;
  std::vector<base::TenantId> suspended_tenants;
  std::vector<AccessKey> keys;
};

enum class UpstreamKind : uint8_t { Vllm, Ollama, LlamaCpp, OpenAi, Anthropic };

[[nodiscard]] std::string_view to_string(UpstreamKind kind);

struct Upstream {
  base::UpstreamName name;
  UpstreamKind kind = UpstreamKind::OpenAi;
  std::string url;
  std::string key_file;  ///< empty: no credential; read with `read_secret_file`
  std::string ca_file;   ///< empty: the system's trust store
  uint32_t concurrency = 0;
  uint32_t queue = 0;     ///< requests that may wait for a place
  bool external = false;  ///< counts as outside the perimeter, whatever its address is
  std::vector<std::string> speaks = {};  ///< chat, responses, messages, ollama; none: by its kind
};

/// An inference server that `srasta up` starts. Its upstream stands in `Inference::upstreams`, too.
struct Engine {
  base::UpstreamName name;
  UpstreamKind kind = UpstreamKind::LlamaCpp;  ///< Ollama, Vllm or LlamaCpp
  std::string program;                         ///< absolute
  std::string model;                           ///< empty for Ollama
  uint16_t port = 0;                           ///< on 127.0.0.1
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  ///< names of variables; `may_be_passed` holds for each
  std::string user;                      ///< only matters when `srasta up` starts as root
  Millis ready_within{};
  uint32_t concurrency = 0;
  uint32_t queue = 0;
  std::vector<std::string> speaks;
  friend bool operator==(const Engine&, const Engine&) = default;
};

struct Route {
  base::UpstreamName upstream;
  base::ModelName model;
  uint32_t weight = 0;
};

/// A model name for callers. No routes: the first model of the first engine that answers.
struct Alias {
  base::ModelName name;
  std::vector<Route> routes;
  std::vector<base::ModelName> fallback = {};  ///< aliases or models, in order
  std::optional<uint64_t> default_max_tokens = std::nullopt;
};

struct UpstreamTimeouts {
  Millis queue{};
  Millis connect{};
  Millis first_byte{};
  Millis idle{};
  Millis total{};
  Millis stream{};
};

/// When an engine gets no requests for a while because those before failed.
struct Ejection {
  uint32_t failures = 0;  ///< in a row; 0: never
  Millis duration{};
};

struct Inference {
  bool detect = false;
  std::vector<Upstream> upstreams;  ///< as configured, then one for each of `engines`
  std::vector<Engine> engines;
  std::vector<Alias> aliases;  ///< in file order; coding, business, general and fast always exist
  UpstreamTimeouts timeouts;
  Ejection ejection;
};

/// What one source address may take before anybody is identified.
struct SourceBounds {
  uint32_t connections = 0;      ///< at once
  uint32_t failures = 0;         ///< refused credentials in a burst
  uint32_t refusal_records = 0;  ///< single records of refusals per reason in 10 s
};

/// What a limit counts apart.
enum class LimitPer : uint8_t { Principal, Key, Tenant, Model };

/// Which requests a limit is about; empty members do not narrow.
struct LimitFilter {
  std::vector<base::RoleName> roles;
  std::vector<base::TenantId> tenants;
  std::vector<std::string> models;  ///< patterns
};

struct RateRule : LimitFilter {
  std::string name;
  LimitPer per = LimitPer::Principal;
  std::string route_class;  ///< empty: all but probes
  uint32_t burst = 0;
  Millis every{};
};

struct StreamRule {
  LimitPer per = LimitPer::Principal;
  uint32_t most = 0;
};

struct BudgetRule : LimitFilter {
  std::string name;
  LimitPer per = LimitPer::Principal;
  bool monthly = false;
  uint64_t tokens = 0;
};

struct Limits {
  Millis head_timeout{};
  Millis body_idle{};
  Millis body_total{};
  Millis keepalive_idle{};
  Millis write_idle{};
  uint32_t connections = 0;
  Bytes json_body;
  Bytes multipart_body;
  SourceBounds source;
  std::vector<RateRule> rates;
  std::vector<StreamRule> streams;
  std::vector<BudgetRule> budgets;
  uint64_t default_output = 0;
};

/// One witness of the audit log. `key` has passed the parser of such keys.
struct Witness {
  std::string url;  ///< https, or http on loopback; without trailing slash
  std::string key;
  std::string ca_file;  ///< empty: the system's trust store
  friend bool operator==(const Witness&, const Witness&) = default;
};

/// Where copies of the audit log go.
struct Sink {
  std::string name;                  ///< [a-z0-9][a-z0-9-]{0,40}: it names a file
  std::string url;                   ///< has passed `parse_sink_url`
  std::string ca_file;               ///< empty: the system's trust store
  std::string cert_file;             ///< the client's own; empty: none
  std::string key_file;              ///< of `cert_file`; read with `read_secret_file`
  std::string secret_file;           ///< of webhooks; read with `read_secret_file`
  std::vector<std::string> streams;  ///< empty: all
  Millis lag_after{};
  friend bool operator==(const Sink&, const Sink&) = default;
};

/// Which ids of callers records hold as they are.
enum class Identifiers : uint8_t { PlainIds, Committed };

struct Audit {
  Identifiers identifiers = Identifiers::PlainIds;
  Millis retention{};  ///< of `srasta audit prune`: older records go
  std::vector<Witness> witnesses;
  std::vector<Sink> sinks;
};

/// How long the built-in issuer's sessions and tokens last.
struct SignIn {
  Millis token_ttl{};
  Millis refresh_ttl{};  ///< of refresh tokens, however often they are used
  Millis session_idle{};
  Millis session_max{};
};

/// A program that people sign in with at the built-in issuer.
struct OAuthClient {
  std::string id;
  std::vector<std::string> redirect_uris;
  std::string secret_file;  ///< empty: a public client
};

/// Whose licenses count.
struct LicenseTrust {
  std::vector<std::string> trusted_keys;  ///< files
};

/// Where traces go; an empty endpoint: nowhere.
struct Otlp {
  std::string endpoint;      ///< has passed `http::parse_url`
  std::string headers_file;  ///< `name: value` lines; read with `read_secret_file`
  std::string ca_file;       ///< empty: the system's trust store
  uint32_t sample = 0;       ///< of a million traces that begin here
  friend bool operator==(const Otlp&, const Otlp&) = default;
};

struct Telemetry {
  Otlp otlp;
  friend bool operator==(const Telemetry&, const Telemetry&) = default;
};

/// The tool gateway; nothing runs without a policy.
struct Tools {
  std::vector<std::string> policies;      ///< files, each with its signature beside it
  std::vector<std::string> policy_keys;   ///< files of public keys; empty: the installation's own
  std::vector<std::string> repositories;  ///< folders; empty: the one in the data folder
  friend bool operator==(const Tools&, const Tools&) = default;
};

/// One valid configuration. Values only; members start at zero because every default stands once,
/// in the option table: `default_config()` is the configuration of an empty file.
struct Config {
  HostPort listen;         ///< port 0: any free port
  std::string public_url;  ///< without trailing slash; empty: the bound address, once known
  Tls tls;
  std::vector<AddressBlock> trusted_proxies;
  std::vector<Issuer> issuers;
  SignIn sign_in;
  std::vector<OAuthClient> clients;
  std::vector<base::TenantId> tenants;
  Access access;
  Inference inference;
  Limits limits;
  Audit audit;
  LicenseTrust license;
  Telemetry telemetry;
  Tools tools;
  Millis drain{};
  base::Level log_level = base::Level::Info;
};

enum class Source : uint8_t { Default, File, Environment };

/// One value in force and where it came from, for `srasta config explain` and the digest.
struct Setting {
  std::string key;         ///< e.g. inference.upstreams[0].url
  std::string value = {};  ///< canonical: `120s`, `32MiB`, `true`, `"text"`, `["a", "b"]`
  Source source = Source::Default;
  unsigned line = 0;          ///< in the file, from 1; 0 for other sources
  std::string variable = {};  ///< the SRASTA_ variable that locks the key
};

struct Loaded {
  Config config;
  std::vector<Setting> settings;  ///< sorted by key
};

/// Variables by name. Only those that begin with SRASTA_ matter; SRASTA_FD_* belong to the
/// supervisor, SRASTA_SERVICE_* and SRASTA_PORT* are what Kubernetes sets for a service "srasta".
using Environment = std::map<std::string, std::string>;

/// Reads `bytes` as the configuration file called `file`. Paths in it are relative to the folder
/// of `file`. `environment` wins over the file: SRASTA_LISTEN is `listen`, SRASTA_INFERENCE__DETECT
/// is `inference.detect`, lists are comma-separated.
/// Code::Invalid: the message holds every problem, one a line, as
/// `FILE:LINE: key: what is wrong; allowed: ...`.
[[nodiscard]] base::Result<Loaded> parse_config(std::string_view bytes, std::string_view file,
                                                const Environment& environment);

/// `parse_config` on the file's content (at most 1 MiB). An empty `file` means no file.
[[nodiscard]] base::Result<Loaded> load_config(const std::string& file,
                                               const Environment& environment);

/// The configuration of an empty file and an empty environment.
[[nodiscard]] Config default_config();

/// Lower-case hex SHA-256 over `key = value\n` of every setting: equal configurations have equal
/// digests, whatever their comments, order and source.
[[nodiscard]] std::string config_digest(const Loaded& loaded);

}  // namespace srasta::config
