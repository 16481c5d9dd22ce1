#include "gateway/recorded_callers.h"

#include "audit/label.h"
#include "net/blocking.h"

#include <utility>

namespace srasta::gateway {
namespace {

constexpr base::Seconds kLongestWait{1};
constexpr size_t kMostKnown = 10'000;

/// No tenant has a control character in it.
std::string key_of(std::string_view tenant, std::string_view id) {
  std::string key(tenant);
  key += '\n';
  key += id;
  return key;
}

}  // namespace

void RecordedCallers::forget_erased() {
  const uint64_t now = keeper_.erasures().load();
  if (now != erasures_) known_.clear();
  erasures_ = now;
}

std::optional<RecordedCallers::Name> RecordedCallers::find(std::string_view tenant,
                                                           std::string_view id) {
  if (!all_ && audit::Subject::is_plain(id)) return Name();
  forget_erased();
  const auto known = known_.find(key_of(tenant, id));
  if (known == known_.end()) return std::nullopt;
  return Name(known->second);
}

net::Task<std::optional<RecordedCallers::Name>> RecordedCallers::ask(net::Scope& scope,
                                                                     std::string_view tenant,
                                                                     std::string_view id) {
  const base::MonoTime deadline = scope.within(kLongestWait);
  while (true) {
    forget_erased();
    const uint64_t before = erasures_;
    net::Delivery<base::Result<audit::Commitment>> made(scope.loop());
    keeper_.ask(std::string(tenant), std::string(id), made.sender());
    const auto outcome = co_await made.receive(scope, deadline);
    if (!outcome || !*outcome) co_return std::nullopt;
    // The key may have been erased while its commitment was on the way.
    if (keeper_.erasures().load() != before) continue;
    if (known_.size() >= kMostKnown) known_.clear();
    known_.insert_or_assign(key_of(tenant, id), **outcome);
    co_return Name(**outcome);
  }
}

}  // namespace srasta::gateway
