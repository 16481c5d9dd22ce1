#pragma once

#include "service/pipeline.h"

#include <optional>
#include <string>

// Gates of a service that only other services of the platform reach: the mode of its socket's file
// and signed identity are the bound.
namespace srasta::service {

class OpenSourceGate final : public SourceGate {
 public:
  [[nodiscard]] std::string client_of(net::Exchange& exchange) const override {
    return exchange.peer();
  }
  [[nodiscard]] bool admit(const std::string&) override { return true; }
  void left(const std::string&) override {}
  void turned_away(const std::string&) override {}
};

class OpenLimitGate final : public LimitGate {
 public:
  [[nodiscard]] std::optional<Refused> admit(Request&, const access::Caller&) override {
    return std::nullopt;
  }
};

}  // namespace srasta::service
