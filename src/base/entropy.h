#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace srasta::base {

/// Where unpredictable bytes come from. Injected so that tests can be repeated.
class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills `out` completely.
  virtual void fill(std::span<std::byte> out) = 0;
};

/// getrandom(2). Aborts if the kernel has none to give: nothing may be signed with predictable
/// bytes.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::byte> out) override;
};

/// `size` random bytes.
[[nodiscard]] std::string random_bytes(Entropy& entropy, size_t size);
/// `size` random characters of a-z and 2-7: five bits each.
[[nodiscard]] std::string random_base32(Entropy& entropy, size_t size);

}  // namespace srasta::base
