#include "access/source_limits.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace srasta::access {
namespace {

/// The cell that sources beyond the bound share; no address has this text.
constexpr std::string_view kOthers = "*";
constexpr size_t kNetworkBytes = 8;

}  // namespace

void SourceLimits::set(const Settings& settings) {
  const std::scoped_lock lock(mutex_);
  settings_ = settings;
}

SourceLimits::Source& SourceLimits::source_of(std::string_view source) {
  const auto found = sources_.find(std::string(source));
  if (found != sources_.end()) return found->second;
  const bool full = sources_.size() >= settings_.sources;
  return sources_[std::string(full ? kOthers : source)];
}

void SourceLimits::forget_idle(base::MonoTime now) {
  if (sources_.size() < settings_.sources) return;
  std::erase_if(sources_, [now](const auto& entry) { return entry.second.idle(now); });
}

bool SourceLimits::open(std::string_view source) {
  const std::scoped_lock lock(mutex_);
  Source& cell = source_of(source);
  if (cell.connections >= settings_.connections) return false;
  ++cell.connections;
  return true;
}

void SourceLimits::close(std::string_view source) {
  const std::scoped_lock lock(mutex_);
  const auto found = sources_.find(std::string(source));
  Source& cell = found != sources_.end() ? found->second : sources_[std::string(kOthers)];
  if (cell.connections > 0) --cell.connections;
  if (found != sources_.end() && cell.connections == 0 && cell.verifications == 0 &&
      cell.recovered == base::MonoTime{}) {
    sources_.erase(found);
  }
}

bool SourceLimits::begin_verification(std::string_view source, base::MonoTime now,
                                      std::string_view credential) {
  const std::scoped_lock lock(mutex_);
  forget_idle(now);
  Source& cell = source_of(source);
  const base::Micros burst = settings_.refill * settings_.failures;
  const bool is_good = !credential.empty() && good_.contains(std::string(credential));
  if (cell.recovered > now + burst && !is_good) return false;
  if (cell.verifications >= settings_.verifications) return false;
  ++cell.verifications;
  return true;
}

void SourceLimits::end_verification(std::string_view source, bool failed, base::MonoTime now,
                                    std::string_view credential) {
  const std::scoped_lock lock(mutex_);
  Source& cell = source_of(source);
  if (cell.verifications > 0) --cell.verifications;
  if (failed) cell.recovered = std::max(cell.recovered, now) + settings_.refill;
  if (failed || credential.empty() || !good_.insert(std::string(credential)).second) return;
  good_by_age_.emplace_back(credential);
  if (good_by_age_.size() <= settings_.good_credentials) return;
  good_.erase(good_by_age_.front());
  good_by_age_.pop_front();
}

size_t SourceLimits::sources() const {
  const std::scoped_lock lock(mutex_);
  return sources_.size();
}

std::string source_network(std::string_view address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) != 1) {
    return std::string(address);
  }
  std::memset(bytes.data() + kNetworkBytes, 0, bytes.size() - kNetworkBytes);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace srasta::access
