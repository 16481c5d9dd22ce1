#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace srasta::audit {

/// An identifier as records have it when it could be guessed: "c1:" and 64 hexadecimal digits of
/// HMAC-SHA-256 under a random key of its own. Who has the key can check a guess; once the key is
/// erased, nobody can, and nothing in a record has to change for that.
class Commitment {
 public:
  static constexpr std::string_view kPrefix = "c1:";

  [[nodiscard]] static Commitment of(std::string_view key, std::string_view id);

  [[nodiscard]] std::string_view view() const { return {text_.data(), text_.size()}; }
  friend bool operator==(const Commitment&, const Commitment&) = default;

 private:
  Commitment() = default;

  std::array<char, kPrefix.size() + 64> text_{};
};

}  // namespace srasta::audit
