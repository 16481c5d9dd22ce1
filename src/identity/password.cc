#include "identity/password.h"

#include "base/encoding.h"
#include "base/weak_secret.h"

#include <algorithm>
#include <string>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

namespace srasta::identity {
namespace {

/// One character repeated, or a short pattern repeated, is as good as a short one.
bool is_repetition(std::string_view text) {
  constexpr size_t kLongestPattern = 4;
  for (size_t period = 1; period <= kLongestPattern && period < text.size(); ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

bool contains_known_word_only(std::string_view text) {
  return std::ranges::any_of(base::known_secrets(), [&](std::string_view known) {
    const size_t at = text.find(known);
    return known.size() >= 6 && at != std::string_view::npos && text.size() - known.size() < 5;
  });
}

size_t characters_in(std::string_view utf8) {
  return static_cast<size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::optional<base::Secret> normalised_password(std::string_view typed) {
  if (!base::is_utf8(typed)) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string text;
  text.reserve(typed.size() * 3);
  icu::StringByteSink<std::string> sink(&text);
  nfc->normalizeUTF8(0, {typed.data(), static_cast<int32_t>(typed.size())}, sink, nullptr, status);
  base::Secret normalised(std::move(text));
  if (U_FAILURE(status)) return std::nullopt;
  return normalised;
}

std::optional<PasswordFault> fault_of_password(const base::Secret& password,
                                               std::string_view name) {
  if (characters_in(password.expose()) < kFewestPasswordCharacters) return PasswordFault::TooShort;
  std::string lower = base::to_lower(password.expose());
  const bool known = base::is_weak_secret(password.expose()) || is_repetition(lower) ||
                     contains_known_word_only(lower);
  const bool named = name.size() >= 4 && lower.contains(base::to_lower(name));
  base::wipe(lower);
  if (known) return PasswordFault::Known;
  return named ? std::optional(PasswordFault::HasName) : std::nullopt;
}

}  // namespace srasta::identity
