#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "dialects/protocol.h"

#include <array>
#include <string>
#include <vector>

namespace srasta::gateway {

/// The languages of an inference server: those that configuration names, or without any those of
/// its kind in the releases of today.
[[nodiscard]] dialects::ProtocolSet protocols_of(config::UpstreamKind kind,
                                                 const std::vector<std::string>& configured);

/// The same as one core found them: an older server answers 404 to a language that its kind speaks.
class SpokenProtocols {
 public:
  explicit SpokenProtocols(dialects::ProtocolSet all = {}) : all_(all) {}

  [[nodiscard]] bool contains(dialects::Protocol protocol, base::MonoTime now) const;
  /// It answered that it does not know it. Asked again after some minutes, as servers are updated.
  void miss(dialects::Protocol protocol, base::MonoTime now);

 private:
  dialects::ProtocolSet all_;
  std::array<base::MonoTime, dialects::kProtocols.size()> missing_until_{};
};

}  // namespace srasta::gateway
