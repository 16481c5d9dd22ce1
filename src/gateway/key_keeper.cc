#include "gateway/key_keeper.h"

#include "access/principal.h"
#include "identity/cache_control.h"
#include "identity/preset.h"

#include <algorithm>
#include <array>

namespace srasta::gateway {
namespace {

using identity::KeySource;

constexpr size_t kMostBytes = size_t{1} << 20;
constexpr base::Seconds kFetchTime{5};
constexpr base::Millis kLongestPause{60'000};
constexpr unsigned kMostRedirects = 3;
constexpr base::Seconds kFailureRecordPause{60};

bool is_redirect(int status) {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  return std::ranges::find(kRedirects, status) != kRedirects.end();
}

/// Where a redirect leads when it stays at `origin`.
std::optional<std::string> path_within(const std::string& origin, const net::SimpleAnswer& answer) {
  if (!is_redirect(answer.status)) return std::nullopt;
  std::string_view place = answer.location;
  if (place.starts_with(origin)) place.remove_prefix(origin.size());
  const bool is_path = place.starts_with('/') && !place.starts_with("//");
  const bool plain = std::ranges::all_of(place, [](char c) { return c > ' ' && c < 0x7F; });
  return is_path && plain ? std::optional<std::string>(place) : std::nullopt;
}

identity::TokenFault fault_of(const net::SimpleAnswer& answer) {
  if (answer.fault == net::ClientFault::None && is_redirect(answer.status)) {
    return identity::TokenFault::Redirect;
  }
  if (answer.detail.find("TLS") != std::string::npos) return identity::TokenFault::Tls;
  return identity::TokenFault::KeysUnavailable;
}

}  // namespace

/// One issuer that is reached over the network.
struct KeyKeeper::Remote {
  Remote(const config::Issuer& of, net::BlockingPool& pool,
         std::shared_ptr<const net::TlsContext> with, net::Loop& loop)
      : issuer(of),
        blocking(pool),
        tls(std::move(with)),
        source({.location = {.issuer = of.url,
                             .allow_loopback_http = of.allow_loopback_http,
                             .jwks_hosts = of.jwks_hosts},
                .max_stale = std::chrono::duration_cast<base::Seconds>(of.max_stale)}),
        verifier(std::make_shared<identity::TokenVerifier>(identity::TokenVerifier::Settings{
            .claims = {.issuer = of.url,
                       .audiences = of.audiences,
                       .authorized_parties = of.authorized_parties},
            .algorithms = of.algorithms})),
        mapping(std::make_shared<identity::ClaimMapping>(identity::mapping_rules(of))),
        scope(loop) {}

  const config::Issuer issuer;
  net::BlockingPool& blocking;
  std::shared_ptr<const net::TlsContext> tls;
  KeySource source;
  std::shared_ptr<const identity::TokenVerifier> verifier;
  std::shared_ptr<const identity::ClaimMapping> mapping;
  net::Scope scope;
  std::unique_ptr<net::Signal> asked = std::make_unique<net::Signal>();
  bool running = false;
  base::MonoTime next_failure_record{};
};

/// One issuer of a configuration: a new one, or the place of the same one in `remotes_`.
struct KeyKeeper::Wanted {
  std::unique_ptr<Remote> fresh;
  size_t kept = 0;
  std::shared_ptr<const net::TlsContext> tls;
};

KeyKeeper::KeyKeeper(Key, const Parts& parts, Publish publish)
    : parts_(parts), loop_(parts.loop), publish_(std::move(publish)) {}

KeyKeeper::~KeyKeeper() = default;

base::Result<std::unique_ptr<KeyKeeper>> KeyKeeper::create(const Parts& parts,
                                                           const config::Config& config,
                                                           Publish publish) {
  auto keeper = std::make_unique<KeyKeeper>(Key{}, parts, std::move(publish));
  SRASTA_TRY_ASSIGN(std::vector<Wanted> wanted, keeper->wanted_of(config));
  keeper->take_over(std::move(wanted));
  return keeper;
}

base::Result<std::vector<KeyKeeper::Wanted>> KeyKeeper::wanted_of(const config::Config& config) {
  std::vector<Wanted> all;
  for (const config::Issuer& issuer : config.issuers) {
    Wanted wanted;
    // Also for an issuer that is the same: the content of its CA file may have changed.
    SRASTA_TRY_ASSIGN(wanted.tls, net::TlsContext::client(issuer.ca_file));
    const auto same = std::ranges::find_if(
        remotes_, [&](const auto& remote) { return remote->issuer == issuer; });
    wanted.kept = static_cast<size_t>(same - remotes_.begin());
    if (same == remotes_.end()) {
      wanted.fresh = std::make_unique<Remote>(issuer, parts_.blocking, wanted.tls, loop_);
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

void KeyKeeper::take_over(std::vector<Wanted> wanted) {
  std::vector<std::unique_ptr<Remote>> next;
  for (Wanted& each : wanted) {
    next.push_back(each.fresh ? std::move(each.fresh) : std::move(remotes_[each.kept]));
    next.back()->tls = std::move(each.tls);
  }
  std::erase_if(retired_, [](const auto& remote) { return !remote->running; });
  for (auto& remote : remotes_) {
    if (!remote) continue;
    remote->scope.cancel();
    retired_.push_back(std::move(remote));
  }
  remotes_ = std::move(next);
}

base::Result<void> KeyKeeper::apply(const config::Config& config) {
  SRASTA_TRY_ASSIGN(std::vector<Wanted> wanted, wanted_of(config));
  ++revision_;
  take_over(std::move(wanted));
  publish();
  for (const auto& remote : remotes_) begin(*remote);
  return {};
}

void KeyKeeper::set_access(std::shared_ptr<const access::AccessSnapshot> access) {
  access_ = std::move(access);
  ++access_serial_;
  if (!local_.verifier) return;
  renew_local_keys();
  publish();
}

void KeyKeeper::renew_local_keys() {
  std::vector<std::string> jwks = {host_jwk_};
  if (access_)
    jwks.insert(jwks.end(), access_->issuer_keys().begin(), access_->issuer_keys().end());
  std::string document = identity::jwks_document(jwks);
  if (document == local_jwks_) return;
  auto keys = identity::KeySet::parse(document);
  if (!keys) return;  // those from before go on
  local_jwks_ = std::move(document);
  local_.keys = std::make_shared<const identity::KeySet>(*std::move(keys));
  ++local_.generation;
}

void KeyKeeper::begin(Remote& remote) {
  if (remote.running) return;
  remote.running = true;
  ++running_;
  net::spawn(keep(remote));
}

void KeyKeeper::start(const identity::Issuer& local) {
  local_.verifier = std::make_shared<identity::TokenVerifier>(identity::TokenVerifier::Settings{
      .claims = {.issuer = local.url(), .audiences = {"srasta-api"}},
      .algorithms = {crypto::Algorithm::ES256}});
  local_.mapping = std::make_shared<identity::ClaimMapping>(identity::MappingRules{});
  local_.principal_issuer = access::kLocalIssuer;
  local_.complete = true;
  host_jwk_ = local.jwk();
  renew_local_keys();
  publish();
  for (const auto& remote : remotes_) begin(*remote);
}

void KeyKeeper::stop() {
  for (const auto& remote : remotes_) remote->scope.cancel();
}

void KeyKeeper::publish() {
  auto snapshot = std::make_shared<identity::IdentitySnapshot>();
  snapshot->revision = revision_;
  snapshot->access_serial = access_serial_;
  snapshot->access = access_;
  snapshot->issuers.push_back(local_);
  for (const auto& remote : remotes_) {
    const KeySource::State state = remote->source.state(loop_.now());
    snapshot->issuers.push_back({.verifier = remote->verifier,
                                 .mapping = remote->mapping,
                                 .keys = state.keys,
                                 .generation = state.generation,
                                 .unavailable = state.unavailable});
  }
  publish_(std::move(snapshot));
}

KeySource::Refresh KeyKeeper::refresh_for_unknown_key(const std::string& issuer) {
  for (const auto& remote : remotes_) {
    if (remote->issuer.url != issuer) continue;
    const KeySource::Refresh refresh = remote->source.on_unknown_kid(loop_.now());
    if (refresh.wait) remote->asked->set();
    return refresh;
  }
  // A reload has just taken the issuer away; the next request is told so.
  return {.wait = false, .retry_after = base::Seconds(1)};
}

net::Task<void> KeyKeeper::keep(Remote& remote) {
  while (!remote.scope.cancelled()) {
    if (auto wanted = remote.source.wants_fetch(loop_.now())) {
      // Each fetch has its own last moment; a shutdown waits for it rather than dropping it.
      net::Scope scope(loop_, loop_.now() + kFetchTime);
      const bool keys = wanted->document == KeySource::Document::Keys;
      co_await fetch(remote, *std::move(wanted), scope);
      // Requests wait for keys: discovery alone would wake them too early.
      if (keys || !remote.source.state(loop_.now()).keys) publish();
      continue;
    }
    const base::MonoTime next = std::min({remote.source.next_fetch(), remote.source.stale_from(),
                                          loop_.now() + base::Micros(kLongestPause)});
    (void)co_await remote.asked->wait(remote.scope, std::max(next, loop_.now() + base::Millis(10)));
    if (remote.asked->is_set()) remote.asked = std::make_unique<net::Signal>();
    if (!remote.source.state(loop_.now()).keys) publish();
  }
  remote.running = false;
  --running_;
}

/// Redirects are followed within the same scheme, host and port only: another place could serve
/// keys that are not the issuer's. With a socket the URL is a name; nothing is looked up or dialled
/// by it.
net::Task<net::SimpleAnswer> KeyKeeper::get(const Remote& remote, const std::string& url,
                                            net::Scope& scope) {
  net::SimpleAnswer answer;
  const auto parsed = http::parse_url(url);
  if (!parsed) {
    answer.fault = net::ClientFault::Unreachable;
    answer.detail = parsed.error().message;
    co_return answer;
  }
  net::HttpClientPool pool(loop_, remote.blocking,
                           {.url = *parsed,
                            .unix_path = remote.issuer.socket,
                            .tls = remote.tls,
                            .connect_timeout = kFetchTime});
  const std::string origin = (parsed->tls ? "https://" : "http://") + parsed->authority();
  std::string path = parsed->path.empty() ? "/" : parsed->path;
  for (unsigned redirects = 0;; ++redirects) {
    answer = co_await net::http_exchange(pool, {.path = path, .fields = {}, .body = {}}, kMostBytes,
                                         scope);
    const auto next = redirects < kMostRedirects ? path_within(origin, answer) : std::nullopt;
    if (!next) co_return answer;
    path = *next;
  }
}

void KeyKeeper::record_failure(Remote& remote, const identity::KeysFailure& failure) {
  parts_.log.warn("issuer keys not fetched", {{"issuer", std::string_view(remote.issuer.url)},
                                              {"reason", identity::to_string(failure.fault)},
                                              {"detail", std::string_view(failure.detail)}});
  // A provider that is down for a day leaves a record a minute, not one for each attempt.
  if (loop_.now() < remote.next_failure_record) return;
  remote.next_failure_record = loop_.now() + kFailureRecordPause;
  parts_.journal.keys_failed(remote.issuer.url, identity::to_string(failure.fault));
}

net::Task<void> KeyKeeper::fetch(Remote& remote, KeySource::Fetch fetch, net::Scope& scope) {
  const net::SimpleAnswer answer = co_await get(remote, fetch.url, scope);
  KeySource::Answer body = std::string_view(answer.body);
  if (answer.fault != net::ClientFault::None || answer.status != 200) {
    body = std::unexpected(identity::KeysFailure{fault_of(answer), answer.detail});
  }
  const std::string_view cache_control = answer.cache_control;
  const auto max_age = identity::parse_max_age(std::span(&cache_control, 1));
  if (fetch.document == KeySource::Document::Discovery) {
    const auto done = remote.source.on_discovery(body, loop_.now(), max_age);
    if (!done) record_failure(remote, done.error());
    co_return;
  }
  const auto changed = remote.source.on_keys(body, loop_.now(), max_age);
  if (!changed) {
    record_failure(remote, changed.error());
  } else if (*changed) {
    const auto keys = remote.source.state(loop_.now()).keys;
    parts_.log.info("issuer keys loaded", {{"issuer", std::string_view(remote.issuer.url)}});
    parts_.journal.keys_loaded(remote.issuer.url, keys->size(), keys->skipped());
  }
}

}  // namespace srasta::gateway
