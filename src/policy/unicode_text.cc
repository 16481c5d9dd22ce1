#include "policy/unicode_text.h"

#include <algorithm>
#include <cstdint>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace srasta::policy {
namespace {

/// Calls `visit` with each code point until it returns false; -1 stands for bytes that are none.
template <typename Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < length;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), at, length, point);
    if (!visit(point)) return;
  }
}

template <typename Predicate>
bool any_code_point(std::string_view text, Predicate predicate) {
  bool found = false;
  for_each_code_point(text, [&](UChar32 point) {
    found = predicate(point);
    return !found;
  });
  return found;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

icu::UnicodeString utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

bool is_invisible(UChar32 point) {
  return point >= 0 && (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
                        u_hasBinaryProperty(point, UCHAR_BIDI_CONTROL) != 0);
}

bool becomes_ascii(UChar32 point, const icu::Normalizer2& compatibility) {
  if (point < 0x80) return false;
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString folded = compatibility.normalize(icu::UnicodeString(point), status);
  if (U_FAILURE(status) != 0) return true;
  for (int32_t i = 0; i < folded.length(); ++i) {
    const char16_t unit = folded.charAt(i);
    // Letters and digits in other shapes are a question of taste; these have a meaning in paths.
    if (unit == u'.' || unit == u'/' || unit == u'\\' || unit == u':' || unit == u'~') return true;
  }
  return false;
}

}  // namespace

bool is_nfc(std::string_view text) {
  if (is_ascii(text)) return true;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) != 0) return false;
  const bool normalized = form->isNormalized(utf16(text), status) != 0;
  return U_SUCCESS(status) != 0 && normalized;
}

bool has_invisible(std::string_view text) {
  return !is_ascii(text) && any_code_point(text, is_invisible);
}

bool has_disguised_ascii(std::string_view text) {
  if (is_ascii(text)) return false;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status) != 0) return true;
  return any_code_point(text, [&](UChar32 point) { return becomes_ascii(point, *form); });
}

std::string fold_case(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < length;) {
    const int32_t begin = at;
    UChar32 point = 0;
    U8_NEXT(text.data(), at, length, point);
    if (point < 0) {
      folded.append(text.substr(static_cast<size_t>(begin), static_cast<size_t>(at - begin)));
    } else {
      icu::UnicodeString(u_foldCase(point, U_FOLD_CASE_DEFAULT)).toUTF8String(folded);
    }
  }
  return folded;
}

}  // namespace srasta::policy
