#include "evidence/cursor.h"

#include "base/encoding.h"
#include "crypto/hash.h"

namespace srasta::evidence {
namespace {

constexpr size_t kNumber = 8;
constexpr size_t kTag = 8;

void append_number(std::string& out, uint64_t number) {
  for (size_t i = 0; i < kNumber; ++i) out += static_cast<char>(number >> (8 * (kNumber - 1 - i)));
}

uint64_t number_at(std::string_view bytes, size_t at) {
  uint64_t number = 0;
  for (const char c : bytes.substr(at, kNumber)) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

void append_text(std::string& out, const std::optional<std::string>& text) {
  append_number(out, text ? text->size() + 1 : 0);
  if (text) out += *text;
}

/// Ties the numbers to what they are about.
std::string tag_of(std::string_view numbers, const CursorScope& scope) {
  const audit::Query& filters = scope.question.filters;
  std::string about = "srasta-evidence-cursor/1\n";
  about += numbers;
  append_text(about, std::string(scope.log));
  append_text(about, std::string(scope.tenant));
  append_text(about, scope.question.stream);
  about += scope.question.descending ? '1' : '0';
  for (const auto* filter : {&filters.act, &filters.actor, &filters.tenant, &filters.outcome,
                             &filters.request, &filters.since, &filters.until}) {
    append_text(about, *filter);
  }
  return std::string(crypto::bytes_of(crypto::sha256(about)).substr(0, kTag));
}

}  // namespace

std::string encode_cursor(const Cursor& cursor, const CursorScope& scope) {
  std::string bytes;
  append_number(bytes, cursor.next);
  append_number(bytes, cursor.end);
  bytes += tag_of(bytes, scope);
  return base::to_base64url(bytes);
}

std::optional<Cursor> decode_cursor(std::string_view text, const CursorScope& scope) {
  const auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() != 2 * kNumber + kTag) return std::nullopt;
  const std::string_view numbers = std::string_view(*bytes).substr(0, 2 * kNumber);
  const Cursor cursor{.next = number_at(numbers, 0), .end = number_at(numbers, kNumber)};
  if (std::string_view(*bytes).substr(2 * kNumber) != tag_of(numbers, scope)) return std::nullopt;
  if (cursor.next > cursor.end) return std::nullopt;
  return cursor;
}

}  // namespace srasta::evidence
