#include "identity/key_source.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

constexpr base::Seconds kQuietPeriod{10};
constexpr unsigned kUnknownKidBudget = 2;
/// Discovery changes rarely; a key fetch that fails brings it forward.
constexpr base::Seconds kLeastDiscoveryAge{3600};
constexpr base::Seconds kMostRetry{60};

/// 1, 2, 4, 8, 10, 10, ... seconds while there is no set at all: a provider that starts after us
/// is found quickly. 10, 20, 40, 60, 60, ... seconds while a good set serves.
base::Seconds retry_delay(unsigned failures, bool has_keys) {
  const base::Seconds first = has_keys ? kQuietPeriod : base::Seconds(1);
  const base::Seconds most = has_keys ? kMostRetry : kQuietPeriod;
  return std::min(first * (1 << std::min(failures, 6U)), most);
}

}  // namespace

KeySource::KeySource(Settings settings)
    : settings_(std::move(settings)), unknown_kid_budget_(kUnknownKidBudget) {}

std::optional<KeySource::Fetch> KeySource::wants_fetch(base::MonoTime now) {
  if (running_ || now < next_) return std::nullopt;
  if (!discovery_ || now >= discovery_due_) {
    running_ = Document::Discovery;
    return Fetch{Document::Discovery, discovery_url(settings_.location.issuer)};
  }
  running_ = Document::Keys;
  return Fetch{Document::Keys, discovery_->jwks_uri};
}

std::expected<void, KeysFailure> KeySource::on_discovery(const Answer& answer, base::MonoTime now,
                                                         std::optional<base::Seconds> max_age) {
  SRASTA_CHECK(running_ == Document::Discovery, "only a running fetch can be reported");
  running_.reset();
  auto found = answer ? parse_discovery(*answer, settings_.location)
                      : std::expected<Discovery, KeysFailure>(std::unexpected(answer.error()));
  discovery_due_ = now + std::max(bounded(max_age), kLeastDiscoveryAge);
  if (found) {
    discovery_ = *std::move(found);
    next_ = now;
    return {};
  }
  if (!discovery_) {
    schedule_retry(now, found.error());
  } else {
    // The address that worked before is still the best one known: go on to the keys.
    next_ = now;
  }
  return std::unexpected(std::move(found).error());
}

std::expected<bool, KeysFailure> KeySource::on_keys(const Answer& answer, base::MonoTime now,
                                                    std::optional<base::Seconds> max_age) {
  SRASTA_CHECK(running_ == Document::Keys, "only a running fetch can be reported");
  running_.reset();
  auto set = answer ? KeySet::parse(*answer)
                    : std::expected<KeySet, KeysFailure>(std::unexpected(answer.error()));
  if (!set) {
    discovery_due_ = now;
    schedule_retry(now, set.error());
    return std::unexpected(std::move(set).error());
  }
  failures_ = 0;
  confirmed_ = now;
  next_ = now + bounded(max_age);
  const crypto::Digest digest = crypto::sha256(*answer);
  if (keys_ != nullptr && digest == document_digest_) return false;
  keys_ = std::make_shared<const KeySet>(*std::move(set));
  document_digest_ = digest;
  ++generation_;
  return true;
}

KeySource::Refresh KeySource::on_unknown_kid(base::MonoTime now) {
  refill(now);
  if (running_ || next_ <= now) return {.wait = true};
  if (unknown_kid_budget_ == 0) {
    const auto left = std::chrono::ceil<base::Seconds>(refilled_ + kQuietPeriod - now);
    return {.wait = false, .retry_after = std::max(left, base::Seconds(1))};
  }
  if (unknown_kid_budget_ == kUnknownKidBudget) refilled_ = now;
  --unknown_kid_budget_;
  next_ = now;
  return {.wait = true};
}

void KeySource::refill(base::MonoTime now) {
  while (unknown_kid_budget_ < kUnknownKidBudget && now - refilled_ >= kQuietPeriod) {
    ++unknown_kid_budget_;
    refilled_ += kQuietPeriod;
  }
}

base::MonoTime KeySource::stale_from() const {
  // The age of exactly `max_stale` is still good.
  return keys_ == nullptr ? base::MonoTime::max()
                          : confirmed_ + settings_.max_stale + base::MonoTime::duration(1);
}

KeySource::State KeySource::state(base::MonoTime now) const {
  if (keys_ == nullptr) return State{.keys = nullptr, .unavailable = last_failure_};
  if (now >= stale_from()) {
    return State{.keys = nullptr, .unavailable = TokenFault::KeysStale};
  }
  return State{.keys = keys_, .generation = generation_};
}

base::Seconds KeySource::bounded(std::optional<base::Seconds> max_age) const {
  const base::Seconds age =
      std::clamp(max_age.value_or(settings_.default_age), settings_.least_age, settings_.most_age);
  // Asked again only when it is too old already, one lost answer would cost every request.
  return std::min(age, settings_.max_stale / 2);
}

void KeySource::schedule_retry(base::MonoTime now, const KeysFailure& failure) {
  last_failure_ = failure.fault;
  next_ = now + std::min(retry_delay(failures_, keys_ != nullptr), settings_.max_stale / 4);
  ++failures_;
}

}  // namespace srasta::identity
