#include "audit/checked_record.h"

#include "base/encoding.h"
#include "base/find_text.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr std::string_view kBegin = R"({"act":")";
constexpr std::string_view kEnd = R"(,"v":1)";
constexpr std::string_view kBeforeHash = R"(,"h":")";
constexpr std::string_view kAfterHash = R"("})";
constexpr size_t kHashDigits = 64;
constexpr size_t kSuffix = kBeforeHash.size() + kHashDigits + kAfterHash.size();

/// The text at `found`, behind `name`, up to the next comma, brace or quote.
std::string_view value_at(std::string_view text, size_t found, std::string_view name) {
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + name.size());
  const auto* const end =
      std::ranges::find_if(text, [](char c) { return c == '"' || c == ',' || c == '}'; });
  return {text.begin(), end};
}

bool is_hex_of(const crypto::Digest& digest, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bool same = text.size() == 2 * digest.size();
  for (size_t i = 0; same && i < digest.size(); ++i) {
    same = text[2 * i] == kDigits[digest[i] >> 4] && text[2 * i + 1] == kDigits[digest[i] & 15];
  }
  return same;
}

std::string_view last_value(std::string_view text, std::string_view name) {
  return value_at(text, base::find_last(text, name), name);
}

}  // namespace

bool CheckedRecord::is(std::string_view act) const {
  const std::string_view rest = body.substr(kBegin.size());
  return rest.starts_with(act) && rest.substr(act.size()).starts_with("\",");
}

std::string_view CheckedRecord::data(std::string_view member) const {
  return value_at(body, body.find(member), member);
}

std::optional<CheckedRecord> read_checked_record(std::string_view line) {
  if (line.size() <= kSuffix || line.size() > kLongestCheckedLine) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - kSuffix);
  const std::string_view suffix = line.substr(body.size());
  if (!suffix.starts_with(kBeforeHash) || !suffix.ends_with(kAfterHash)) return std::nullopt;
  if (!body.starts_with(kBegin) || !body.ends_with(kEnd)) return std::nullopt;

  CheckedRecord record{.body = body};
  record.leaf = crypto::sha256_joined({std::string_view("\0", 1), body, "}"});
  record.hash = suffix.substr(kBeforeHash.size(), kHashDigits);
  if (!is_hex_of(record.leaf, record.hash)) return std::nullopt;

  record.prev = last_value(body, R"(,"prev":")");
  const auto seq = base::parse_u64(last_value(body, R"(,"seq":)"));
  if (!seq || record.prev.size() != kHashDigits) return std::nullopt;
  record.seq = *seq;
  return record;
}

}  // namespace srasta::audit
