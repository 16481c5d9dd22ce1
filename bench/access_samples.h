#pragma once

#include "access/snapshot.h"
#include "base/clock.h"
#include "identity/authenticator.h"

#include <memory>
#include <string>
#include <vector>

namespace bench {

inline constexpr size_t kTokenBytes = 2'048;

/// A caller with personas and a list of models, his ES256 token of 2 KiB, and what admits him.
struct Sample {
  std::string token;
  std::shared_ptr<const srasta::identity::IdentitySnapshot> snapshot;
};
[[nodiscard]] Sample make_sample(srasta::base::WallTime now);

/// An access snapshot of `count` API keys, and some of them as a client writes them, evenly spread.
struct Keys {
  std::shared_ptr<const srasta::access::AccessSnapshot> snapshot;
  std::vector<std::string> texts;
};
[[nodiscard]] Keys make_keys(size_t count, size_t texts, srasta::base::WallTime now);

}  // namespace bench
