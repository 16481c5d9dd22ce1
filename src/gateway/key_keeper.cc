#include "gateway/key_keeper.h"

#include "access/principal.h"
#include "identity/preset.h"

#include <algorithm>

namespace srasta::gateway {
namespace {

using identity::KeySource;

/// Whether tokens of both are fetched for and judged alike.
bool is_same(config::Issuer a, config::Issuer b) {
  // The gateway has no part in it.
  a.sign_in = {};
  b.sign_in = {};
  return a == b;
}

}  // namespace

/// One issuer that is reached over the network.
struct KeyKeeper::Remote {
  Remote(KeyKeeper& keeper, const config::Issuer& of, std::shared_ptr<const net::TlsContext> tls)
      : issuer(of),
        verifier(std::make_shared<identity::TokenVerifier>(identity::TokenVerifier::Settings{
            .claims = {.issuer = of.url,
                       .audiences = of.audiences,
                       .authorized_parties = of.authorized_parties},
            .algorithms = of.algorithms})),
        mapping(std::make_shared<identity::ClaimMapping>(identity::mapping_rules(of))),
        watch(keeper.parts_,
              {.source = {.location = {.issuer = of.url,
                                       .allow_loopback_http = of.allow_loopback_http,
                                       .jwks_hosts = of.jwks_hosts},
                          .max_stale = std::chrono::duration_cast<base::Seconds>(of.max_stale)},
               .socket = of.socket,
               .tls = std::move(tls)},
              [&keeper] { keeper.publish(); }) {}

  const config::Issuer issuer;
  std::shared_ptr<const identity::TokenVerifier> verifier;
  std::shared_ptr<const identity::ClaimMapping> mapping;
  service::IssuerWatch watch;
};

/// One issuer of a configuration: a new one, or the place of the same one in `remotes_`.
struct KeyKeeper::Wanted {
  std::unique_ptr<Remote> fresh;
  size_t kept = 0;
  std::shared_ptr<const net::TlsContext> tls;
};

KeyKeeper::KeyKeeper(Key, const Parts& parts, Publish publish)
    : parts_(parts), publish_(std::move(publish)) {}

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
        remotes_, [&](const auto& remote) { return is_same(remote->issuer, issuer); });
    wanted.kept = static_cast<size_t>(same - remotes_.begin());
    if (same == remotes_.end()) {
      wanted.fresh = std::make_unique<Remote>(*this, issuer, wanted.tls);
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

void KeyKeeper::take_over(std::vector<Wanted> wanted) {
  std::vector<std::unique_ptr<Remote>> next;
  for (Wanted& each : wanted) {
    next.push_back(each.fresh ? std::move(each.fresh) : std::move(remotes_[each.kept]));
    next.back()->watch.use_tls(std::move(each.tls));
  }
  std::erase_if(retired_, [](const auto& remote) { return !remote->watch.running(); });
  for (auto& remote : remotes_) {
    if (!remote) continue;
    remote->watch.cancel();
    retired_.push_back(std::move(remote));
  }
  remotes_ = std::move(next);
}

base::Result<void> KeyKeeper::apply(const config::Config& config) {
  SRASTA_TRY_ASSIGN(std::vector<Wanted> wanted, wanted_of(config));
  ++revision_;
  take_over(std::move(wanted));
  publish();
  for (const auto& remote : remotes_) remote->watch.start();
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
  for (const auto& remote : remotes_) remote->watch.start();
}

void KeyKeeper::stop() {
  for (const auto& remote : remotes_) remote->watch.cancel();
}

bool KeyKeeper::stopped() const {
  const auto runs = [](const auto& remote) { return remote->watch.running(); };
  return std::ranges::none_of(remotes_, runs) && std::ranges::none_of(retired_, runs);
}

void KeyKeeper::publish() {
  auto snapshot = std::make_shared<identity::IdentitySnapshot>();
  snapshot->revision = revision_;
  snapshot->access_serial = access_serial_;
  snapshot->access = access_;
  snapshot->issuers.push_back(local_);
  for (const auto& remote : remotes_) {
    const KeySource::State state = remote->watch.state();
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
    return remote->watch.refresh_for_unknown_key();
  }
  // A reload has just taken the issuer away; the next request is told so.
  return {.wait = false, .retry_after = base::Seconds(1)};
}

}  // namespace srasta::gateway
