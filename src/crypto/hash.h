#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::crypto {

/// 32 bytes of SHA-256 (FIPS 180-4).
using Digest = std::array<uint8_t, 32>;

[[nodiscard]] std::string_view bytes_of(const Digest& digest);

[[nodiscard]] Digest sha256(std::string_view message);

/// SHA-256 over parts, without joining them first.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view part);
  /// The digest of everything so far; the object starts afresh.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);

}  // namespace srasta::crypto
