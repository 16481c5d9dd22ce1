#include "config/draft.h"
#include "http/url.h"
#include "tlog/note_key.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr std::array<std::string_view, 4> kAlwaysThere = {"coding", "business", "general", "fast"};
/// Of `sockaddr_un`, without the zero behind it.
constexpr size_t kLongestSocketPath = 107;
constexpr std::array<std::string_view, 3> kDetected = {"ollama", "vllm", "llamacpp"};

std::string element(std::string_view list, size_t index) {
  return fmt::format("{}[{}]", list, index);
}

/// Whether `key` has a problem already: what follows from it would only confuse.
bool is_refused(const Draft& draft, std::string_view key) {
  return std::ranges::find(draft.problems, key, &Problem::key) != draft.problems.end();
}

void check_transport(Draft& draft) {
  Config& config = draft.config;
  const bool any_file = !config.tls.cert_file.empty() || !config.tls.key_file.empty();
  if (config.tls.mode == TlsMode::TerminatedByProxy && any_file) {
    complain(draft, "tls", "both a certificate and terminated_by_proxy", "one of them");
  }
  if (config.tls.mode == TlsMode::None && any_file) config.tls.mode = TlsMode::Files;
  if (config.tls.mode == TlsMode::Files && config.tls.cert_file.empty()) {
    complain(draft, "tls.cert_file", "missing", "path of a file");
  }
  if (config.tls.mode == TlsMode::Files && config.tls.key_file.empty()) {
    complain(draft, "tls.key_file", "missing", "path of a file");
  }
  const bool proxied = config.tls.mode == TlsMode::TerminatedByProxy;
  if (proxied && config.trusted_proxies.empty() && !is_refused(draft, "trusted_proxies")) {
    complain(draft, "tls", "terminated_by_proxy without trusted_proxies",
             "trusted_proxies: [address block of the proxy]");
  }
  if (!proxied && !config.trusted_proxies.empty() && !is_refused(draft, "tls")) {
    complain(draft, "trusted_proxies", "has no meaning without `tls: terminated_by_proxy`");
  }
  if (config.tls.mode == TlsMode::None && !config.listen.is_loopback() &&
      !is_refused(draft, "tls")) {
    complain(draft, "listen",
             fmt::format("{} is not a loopback address and would speak plain HTTP",
                         config.listen.text()),
             "127.0.0.1:PORT, or tls.cert_file and tls.key_file, or `tls: terminated_by_proxy` "
             "with trusted_proxies");
  }
}

void check_public_url(Draft& draft) {
  std::string& url = draft.config.public_url;
  const auto parsed = http::parse_url(url);
  if (!parsed) return;
  if (!parsed->tls && !is_loopback_host(parsed->host)) {
    complain(draft, "public_url", "plain http outside loopback", "https://HOST");
  }
  while (url.ends_with('/')) url.pop_back();
}

void check_issuer_transport(Draft& draft, const Issuer& issuer, const std::string& key) {
  const auto url = http::parse_url(issuer.url);
  if (!url || url->tls) return;
  if (!is_loopback_host(url->host)) {
    complain(draft, key, "plain http outside loopback", "https://HOST");
  } else if (!issuer.allow_loopback_http) {
    complain(draft, key, "plain http", "https://HOST, or allow_loopback_http: true");
  }
}

void check_issuer_socket(Draft& draft, const Issuer& issuer, const std::string& key) {
  if (issuer.socket.empty()) return;
  if (issuer.socket.size() > kLongestSocketPath) {
    complain(draft, key + ".socket", "too long for the path of a socket",
             fmt::format("at most {} bytes with its folder", kLongestSocketPath));
  }
  for (const std::string_view other : {"ca_file", "jwks_hosts"}) {
    const std::string place = fmt::format("{}.{}", key, other);
    if (draft.lines.contains(place)) complain(draft, place, "has no meaning with `socket`");
  }
}

void check_issuers(Draft& draft) {
  std::set<std::string> seen;
  for (size_t index = 0; index < draft.config.issuers.size(); ++index) {
    const Issuer& issuer = draft.config.issuers[index];
    const std::string key = element("identity.issuers", index);
    check_issuer_transport(draft, issuer, key + ".url");
    check_issuer_socket(draft, issuer, key);
    if (!issuer.url.empty() && !seen.insert(issuer.url).second) {
      complain(draft, key + ".url", "this issuer stands twice", "each URL once");
    }
    if (!issuer.tenant.fixed) continue;
    if (draft.lines.contains(key + ".tenant.claim")) {
      complain(draft, key + ".tenant", "both claim and fixed", "one of them");
    }
    if (std::ranges::find(draft.config.tenants, *issuer.tenant.fixed) ==
        draft.config.tenants.end()) {
      complain(draft, key + ".tenant.fixed",
               fmt::format("tenant \"{}\" does not exist", issuer.tenant.fixed->str()),
               "an entry of `tenants`");
    }
  }
}

void check_tenants(Draft& draft) {
  std::set<std::string> seen;
  for (const base::TenantId& tenant : draft.config.tenants) {
    if (!seen.insert(tenant.str()).second) {
      complain(draft, "tenants", fmt::format("\"{}\" stands twice", tenant.str()),
               "each name once");
    }
  }
}

void check_upstreams(Draft& draft) {
  std::set<std::string> seen;
  for (size_t index = 0; index < draft.config.inference.upstreams.size(); ++index) {
    const Upstream& upstream = draft.config.inference.upstreams[index];
    const std::string key = element("inference.upstreams", index);
    if (!upstream.name.empty() && !seen.insert(upstream.name.str()).second) {
      complain(draft, key + ".name", fmt::format("\"{}\" stands twice", upstream.name.str()),
               "each name once");
    }
    const auto url = http::parse_url(upstream.url);
    if (url && http::is_metadata_host(url->host)) {
      complain(draft, key + ".url", "the address of a cloud's metadata service",
               "the address of an inference server");
    }
    if (url && !url->tls && !is_loopback_host(url->host) && !upstream.key_file.empty()) {
      complain(draft, key + ".key_file", "the credential would cross the network in plain http",
               "an https url, or no key_file");
    }
  }
}

void check_witnesses(Draft& draft) {
  std::set<std::string> urls;
  std::set<std::string> keys;
  for (size_t index = 0; index < draft.config.audit.witnesses.size(); ++index) {
    Witness& witness = draft.config.audit.witnesses[index];
    const std::string place = element("audit.witnesses", index);
    const auto url = http::parse_url(witness.url);
    if (url && !url->tls && !is_loopback_host(url->host)) {
      complain(draft, place + ".url", "plain http outside loopback", "https://HOST");
    }
    if (url && http::is_metadata_host(url->host)) {
      complain(draft, place + ".url", "the address of a cloud's metadata service",
               "the address of a witness");
    }
    while (witness.url.ends_with('/')) witness.url.pop_back();
    if (!witness.url.empty() && !urls.insert(witness.url).second) {
      complain(draft, place + ".url", "this witness stands twice", "each URL once");
    }
    // One witness under two URLs or names would count as two.
    const auto key = tlog::VerifierKey::parse(witness.key);
    if (key && !keys.insert(key->public_key()).second) {
      complain(draft, place + ".key", "this key stands twice", "each key once");
    }
  }
}

std::vector<std::string> upstream_names(const Inference& inference) {
  std::vector<std::string> names;
  for (const Upstream& upstream : inference.upstreams) names.push_back(upstream.name.str());
  if (inference.detect) names.insert(names.end(), kDetected.begin(), kDetected.end());
  return names;
}

bool always_exists(const Alias& alias) {
  return std::ranges::find(kAlwaysThere, alias.name.view()) != kAlwaysThere.end();
}

void check_has_routes(Draft& draft, const Alias& alias) {
  if (!alias.routes.empty() || always_exists(alias)) return;
  complain(draft, "inference.aliases." + alias.name.str(), "this alias has no routes",
           "routes: [ { upstream: NAME, model: NAME } ]");
}

void check_routes(Draft& draft) {
  const std::vector<std::string> known = upstream_names(draft.config.inference);
  // A route to an upstream whose name was refused would only repeat that problem.
  if (std::ranges::find(known, "") != known.end()) return;
  for (const Alias& alias : draft.config.inference.aliases) {
    check_has_routes(draft, alias);
    for (size_t index = 0; index < alias.routes.size(); ++index) {
      const std::string& name = alias.routes[index].upstream.str();
      if (name.empty() || std::ranges::find(known, name) != known.end()) continue;
      const std::string list = "inference.aliases." + alias.name.str() + ".routes";
      complain(draft, element(list, index) + ".upstream",
               fmt::format("no upstream is called \"{}\"{}", name, suggestion(name, known)),
               fmt::format("{}", fmt::join(known, ", ")));
    }
  }
}

void add_standing_aliases(Inference& inference) {
  for (const std::string_view name : kAlwaysThere) {
    const auto same = [&](const Alias& alias) { return alias.name.view() == name; };
    if (std::ranges::none_of(inference.aliases, same)) {
      inference.aliases.push_back({base::ModelName(name), {}});
    }
  }
}

}  // namespace

void check_rules(Draft& draft) {
  check_transport(draft);
  check_public_url(draft);
  check_tenants(draft);
  check_issuers(draft);
  check_provider_sign_ins(draft);
  check_clients(draft);
  check_access_rules(draft);
  check_upstreams(draft);
  check_engines(draft);
  check_witnesses(draft);
  check_sinks(draft);
  check_telemetry(draft);
  check_routes(draft);
  add_standing_aliases(draft.config.inference);
}

}  // namespace srasta::config
