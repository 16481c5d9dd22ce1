#pragma once

#include "access/source_limits.h"
#include "config/config.h"
#include "service/journal.h"
#include "service/pipeline.h"

#include <string>
#include <vector>

namespace srasta::gateway {

/// One core's view of where requests come from: trusted proxies speak for their clients and are
/// exempt from the bound on connections, everybody else is bounded by address.
class CoreSourceGate final : public service::SourceGate {
 public:
  CoreSourceGate(access::SourceLimits& limits, service::Journal& journal, const net::Loop& loop)
      : limits_(limits), journal_(journal), loop_(loop) {}

  void trust(std::vector<config::AddressBlock> proxies) { proxies_ = std::move(proxies); }

  [[nodiscard]] std::string client_of(net::Exchange& exchange) const override;
  [[nodiscard]] bool admit(const std::string& peer) override;
  void left(const std::string& peer) override;
  void turned_away(const std::string& peer) override;

 private:
  [[nodiscard]] bool is_proxy(const std::string& peer) const;

  access::SourceLimits& limits_;
  service::Journal& journal_;
  const net::Loop& loop_;
  std::vector<config::AddressBlock> proxies_;
};

}  // namespace srasta::gateway
