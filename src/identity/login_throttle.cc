#include "identity/login_throttle.h"

#include <algorithm>

namespace srasta::identity {
namespace {

constexpr size_t kLongestName = 256;

std::string pair_key(std::string_view user, std::string_view source) {
  std::string key(source);
  key += '\0';
  return key.append(user.substr(0, kLongestName));
}

base::Seconds seconds_until(base::MonoTime until, base::MonoTime now) {
  return std::max(std::chrono::ceil<base::Seconds>(until - now), base::Seconds(1));
}

/// `first` doubled `times` times, at most `longest`.
base::Seconds doubled(base::Seconds first, unsigned times, base::Seconds longest) {
  base::Seconds value = first;
  while (times-- > 0 && value < longest) value *= 2;
  return std::min(value, longest);
}

}  // namespace

template <typename Entry>
const Entry* LoginThrottle::Table<Entry>::find(const std::string& key) const {
  const auto found = slots_.find(key);
  return found == slots_.end() ? nullptr : &found->second.entry;
}

template <typename Entry>
Entry& LoginThrottle::Table<Entry>::at(const std::string& key, size_t most) {
  if (const auto found = slots_.find(key); found != slots_.end()) return found->second.entry;
  if (slots_.size() >= most && !order_.empty()) erase(std::string(order_.front()));
  order_.push_back(key);
  return slots_.emplace(key, Slot{.entry = {}, .place = std::prev(order_.end())})
      .first->second.entry;
}

template <typename Entry>
void LoginThrottle::Table<Entry>::erase(const std::string& key) {
  const auto found = slots_.find(key);
  if (found == slots_.end()) return;
  order_.erase(found->second.place);
  slots_.erase(found);
}

std::optional<LoginThrottle::Locked> LoginThrottle::locked(std::string_view user,
                                                           std::string_view source,
                                                           base::MonoTime now) const {
  if (const Pair* const pair = pairs_.find(pair_key(user, source)); pair && now < pair->until) {
    return Locked{Scope::User, seconds_until(pair->until, now)};
  }
  const auto left = source_locked(source, now);
  return left ? std::optional(Locked{Scope::Source, *left}) : std::nullopt;
}

std::optional<base::Seconds> LoginThrottle::source_locked(std::string_view source,
                                                          base::MonoTime now) const {
  const Source* const from = sources_.find(std::string(source));
  if (from == nullptr || from->failures < settings_.failures_of_source) return std::nullopt;
  const base::MonoTime until = from->since + settings_.source_window;
  if (now >= until) return std::nullopt;
  return seconds_until(until, now);
}

void LoginThrottle::source_failed(std::string_view source, base::MonoTime now) {
  Source& from = sources_.at(std::string(source), settings_.entries);
  if (from.failures == 0 || now >= from.since + settings_.source_window) from = {0, now};
  ++from.failures;
}

LoginThrottle::Failure LoginThrottle::failed(std::string_view user, std::string_view source,
                                             base::MonoTime now) {
  source_failed(source, now);
  Pair& pair = pairs_.at(pair_key(user, source), settings_.entries);
  if (pair.failures > 0 && now >= pair.last + settings_.forget) pair = {};
  pair.last = now;
  const unsigned before = pair.failures++;
  if (pair.failures < settings_.patient) {
    return {.delay = doubled(settings_.first_delay, before, settings_.longest_lock)};
  }
  pair.until = now + doubled(settings_.first_delay, pair.failures, settings_.longest_lock);
  return {.delay = doubled(settings_.first_delay, settings_.patient - 1, settings_.longest_lock),
          .locks = true};
}

void LoginThrottle::succeeded(std::string_view user, std::string_view source) {
  pairs_.erase(pair_key(user, source));
}

}  // namespace srasta::identity
