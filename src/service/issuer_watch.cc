#include "service/issuer_watch.h"

#include "identity/cache_control.h"

#include <algorithm>
#include <array>
#include <span>

namespace srasta::service {
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

}  // namespace

IssuerWatch::IssuerWatch(const Parts& parts, Settings settings, std::function<void()> changed)
    : parts_(parts),
      settings_(std::move(settings)),
      changed_(std::move(changed)),
      source_(settings_.source),
      scope_(parts_.loop) {}

void IssuerWatch::start() {
  if (running_) return;
  running_ = true;
  net::spawn(keep());
}

KeySource::State IssuerWatch::state() const {
  return source_.state(parts_.loop.now());
}

KeySource::Refresh IssuerWatch::refresh_for_unknown_key() {
  const KeySource::Refresh refresh = source_.on_unknown_kid(parts_.loop.now());
  if (refresh.wait) asked_->set();
  return refresh;
}

net::HttpClientPool::Settings IssuerWatch::reach(const http::Url& url) const {
  return {.url = url,
          .unix_path = settings_.socket,
          .tls = settings_.tls,
          .connect_timeout = kFetchTime};
}

identity::TokenFault IssuerWatch::fault_of(const net::SimpleAnswer& answer) {
  if (answer.fault == net::ClientFault::None && is_redirect(answer.status)) {
    return identity::TokenFault::Redirect;
  }
  if (answer.detail.find("TLS") != std::string::npos) return identity::TokenFault::Tls;
  return identity::TokenFault::KeysUnavailable;
}

net::Task<void> IssuerWatch::keep() {
  net::Loop& loop = parts_.loop;
  while (!scope_.cancelled()) {
    if (auto wanted = source_.wants_fetch(loop.now())) {
      // Each fetch has its own last moment; a shutdown waits for it rather than dropping it.
      net::Scope scope(loop, loop.now() + kFetchTime);
      const bool keys = wanted->document == KeySource::Document::Keys;
      co_await fetch(*std::move(wanted), scope);
      // Requests wait for keys: discovery alone would wake them too early.
      if (keys || !state().keys) changed_();
      continue;
    }
    const base::MonoTime next = std::min(
        {source_.next_fetch(), source_.stale_from(), loop.now() + base::Micros(kLongestPause)});
    (void)co_await asked_->wait(scope_, std::max(next, loop.now() + base::Millis(10)));
    if (asked_->is_set()) asked_ = std::make_unique<net::Signal>();
    if (!state().keys) changed_();
  }
  running_ = false;
}

/// Redirects are followed within the same scheme, host and port only: another place could serve
/// keys that are not the issuer's. With a socket the URL is a name; nothing is looked up or dialled
/// by it.
net::Task<net::SimpleAnswer> IssuerWatch::get(const std::string& url, net::Scope& scope) {
  net::SimpleAnswer answer;
  const auto parsed = http::parse_url(url);
  if (!parsed) {
    answer.fault = net::ClientFault::Unreachable;
    answer.detail = parsed.error().message;
    co_return answer;
  }
  net::HttpClientPool pool(parts_.loop, parts_.blocking, reach(*parsed));
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

void IssuerWatch::record_failure(const identity::KeysFailure& failure) {
  parts_.log.warn("issuer keys not fetched", {{"issuer", std::string_view(issuer())},
                                              {"reason", identity::to_string(failure.fault)},
                                              {"detail", std::string_view(failure.detail)}});
  // A provider that is down for a day leaves a record a minute, not one for each attempt.
  if (parts_.loop.now() < next_failure_record_) return;
  next_failure_record_ = parts_.loop.now() + kFailureRecordPause;
  parts_.journal.keys_failed(issuer(), identity::to_string(failure.fault));
}

net::Task<void> IssuerWatch::fetch(KeySource::Fetch fetch, net::Scope& scope) {
  const net::SimpleAnswer answer = co_await get(fetch.url, scope);
  KeySource::Answer body = std::string_view(answer.body);
  if (answer.fault != net::ClientFault::None || answer.status != 200) {
    body = std::unexpected(identity::KeysFailure{fault_of(answer), answer.detail});
  }
  const base::MonoTime now = parts_.loop.now();
  const std::string_view cache_control = answer.cache_control;
  const auto max_age = identity::parse_max_age(std::span(&cache_control, 1));
  if (fetch.document == KeySource::Document::Discovery) {
    const auto done = source_.on_discovery(body, now, max_age);
    if (!done) record_failure(done.error());
    co_return;
  }
  const auto changed = source_.on_keys(body, now, max_age);
  if (!changed) {
    record_failure(changed.error());
  } else if (*changed) {
    const auto keys = state().keys;
    parts_.log.info("issuer keys loaded", {{"issuer", std::string_view(issuer())}});
    parts_.journal.keys_loaded(issuer(), keys->size(), keys->skipped());
  }
}

}  // namespace srasta::service
