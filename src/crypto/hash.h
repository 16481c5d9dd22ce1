#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::crypto {

/// 32 bytes of SHA-256 (FIPS 180-4).
using Digest = std::array<uint8_t, 32>;

[[nodiscard]] std::string_view bytes_of(const Digest& digest);
/// Inverse of `bytes_of`; nothing unless there are exactly 32 bytes.
[[nodiscard]] std::optional<Digest> digest_from(std::string_view bytes);

[[nodiscard]] Digest sha256(std::string_view message);
/// SHA-256 of the parts one after the other, without joining them and without allocation.
[[nodiscard]] Digest sha256_joined(std::initializer_list<std::string_view> parts);

/// SHA-256 over parts that come one by one.
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

/// SHA-384 and SHA-512 of the whole message, for what names them.
[[nodiscard]] std::string sha384(std::string_view message);
[[nodiscard]] std::string sha512(std::string_view message);

/// HMAC-SHA-1 (RFC 2104), for one-time codes (RFC 4226) and nothing else.
[[nodiscard]] std::array<uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message);

/// HMAC-SHA256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);

}  // namespace srasta::crypto
