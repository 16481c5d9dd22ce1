#include "admin/sign_in/pending_sign_ins.h"

#include <algorithm>
#include <utility>

namespace srasta::admin {

void PendingSignIns::erase(Entries::iterator entry) {
  by_state_.erase(entry->state);
  const auto count = of_source_.find(entry->source);
  if (--count->second == 0) of_source_.erase(count);
  entries_.erase(entry);
}

void PendingSignIns::forget_expired(base::MonoTime now) {
  while (!entries_.empty() && now >= entries_.front().expires) erase(entries_.begin());
}

void PendingSignIns::keep(const crypto::Digest& state, std::string source, PendingSignIn sign_in,
                          base::MonoTime now) {
  forget_expired(now);
  const auto count = of_source_.find(source);
  if (count != of_source_.end() && count->second >= settings_.most_of_source) {
    erase(std::ranges::find(entries_, source, &Entry::source));
  }
  if (entries_.size() >= settings_.most) erase(entries_.begin());
  ++of_source_[source];
  entries_.push_back({.state = state,
                      .source = std::move(source),
                      .sign_in = std::move(sign_in),
                      .expires = now + settings_.lifetime});
  by_state_.insert_or_assign(state, std::prev(entries_.end()));
}

std::optional<PendingSignIn> PendingSignIns::take(const crypto::Digest& state, base::MonoTime now) {
  forget_expired(now);
  const auto found = by_state_.find(state);
  if (found == by_state_.end()) return std::nullopt;
  PendingSignIn sign_in = std::move(found->second->sign_in);
  erase(found->second);
  return sign_in;
}

}  // namespace srasta::admin
