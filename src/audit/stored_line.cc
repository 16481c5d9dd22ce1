#include "audit/stored_line.h"

#include "audit/record.h"
#include "base/encoding.h"
#include "base/find_text.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr size_t kBlock = size_t{64} << 10;
constexpr size_t kHashDigits = 64;
constexpr size_t kSuffix = kSuffixBytes - 1;  // without LF

/// A body of version 1 without its closing brace.
bool is_body(std::string_view body) {
  return body.starts_with("{\"act\":\"") && body.ends_with(",\"v\":1");
}

}  // namespace

std::optional<crypto::Digest> parse_digest(std::string_view text) {
  const auto bytes = text.size() == kHashDigits ? base::from_hex(text) : std::nullopt;
  return bytes ? crypto::digest_from(*bytes) : std::nullopt;
}

std::string_view find_raw_member(std::string_view line, std::string_view name) {
  const size_t found = base::find_first(line, name);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = line.substr(found + name.size());
  const auto* const end =
      std::ranges::find_if(rest, [](char c) { return c == '"' || c == ',' || c == '}'; });
  return {rest.begin(), end};
}

std::string_view find_last_raw_member(std::string_view line, std::string_view name) {
  const size_t found = base::find_last(line, name);
  if (found == std::string_view::npos) return {};
  return find_raw_member(line.substr(found), name);
}

std::string_view find_raw_time(std::string_view line) {
  return find_last_raw_member(line, ",\"t\":\"");
}

std::optional<crypto::Digest> leaf_in_line(std::string_view line) {
  if (line.size() <= kSuffix || line.size() >= kMaxLineBytes || !line.ends_with("\"}")) {
    return std::nullopt;
  }
  const std::string_view suffix = line.substr(line.size() - kSuffix);
  if (!suffix.starts_with(",\"h\":\"")) return std::nullopt;
  return parse_digest(suffix.substr(6, kHashDigits));
}

std::optional<StoredRecord> parse_stored_record(std::string_view line) {
  const auto leaf = leaf_in_line(line);
  if (!leaf) return std::nullopt;
  const std::string_view open_body = line.substr(0, line.size() - kSuffix);
  if (!is_body(open_body)) return std::nullopt;

  std::string message(1, '\0');
  message.append(open_body).append("}");
  const auto prev = parse_digest(find_last_raw_member(open_body, ",\"prev\":\""));
  const auto seq = base::parse_u64(find_last_raw_member(open_body, ",\"seq\":"));
  const auto fence = base::parse_u64(find_last_raw_member(open_body, ",\"fence\":"));
  if (crypto::sha256(message) != *leaf || !prev || !seq || !fence) return std::nullopt;
  return StoredRecord{*seq, *fence, *prev, *leaf};
}

base::Result<std::optional<LineReader::Line>> LineReader::next() {
  while (true) {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const size_t end = rest.substr(0, kMaxLineBytes).find('\n');
    const uint64_t offset = buffer_offset_ + at_;
    if (end != std::string_view::npos) {
      at_ += end + 1;
      return std::optional(Line{rest.substr(0, end), offset, true});
    }
    if (rest.size() >= kMaxLineBytes) {
      at_ += kMaxLineBytes;
      return std::optional(Line{rest.substr(0, kMaxLineBytes), offset, false});
    }
    SRASTA_TRY_ASSIGN(const bool more, read_more());
    if (more) continue;
    if (rest.empty()) return std::optional<Line>();
    // `read_more` may have moved the buffer.
    const std::string_view tail = std::string_view(buffer_).substr(at_);
    at_ = buffer_.size();
    return std::optional(Line{tail, offset, false});
  }
}

base::Result<bool> LineReader::read_more() {
  buffer_.erase(0, at_);
  buffer_offset_ += at_;
  at_ = 0;
  const size_t kept = buffer_.size();
  base::Result<size_t> got = size_t{0};
  // Not `resize`: it would clear what is read over.
  buffer_.resize_and_overwrite(kept + kBlock, [&](char* bytes, size_t size) {
    got = file_.read_at(buffer_offset_ + kept, std::span(bytes, size).subspan(kept));
    return kept + (got ? *got : 0);
  });
  if (!got) return std::move(got).error();
  return *got > 0;
}

}  // namespace srasta::audit
