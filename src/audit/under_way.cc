#include "audit/under_way.h"

#include "audit/label.h"
#include "audit/stored_line.h"
#include "base/encoding.h"
#include "base/find_text.h"

#include <optional>
#include <span>
#include <utility>

namespace srasta::audit {
namespace {

/// No text of a checkpoint begins so and goes on with anything but a size, so that this signature
/// cannot be taken for that of a checkpoint.
constexpr std::string_view kTitle = "srasta-audit-under-way/1";
constexpr size_t kMostBytes = size_t{512} << 10;

std::string text_of(std::string_view origin, const UnderWay& under_way) {
  std::string text(kTitle);
  text.append("\n").append(origin).append("\n");
  text.append(std::to_string(under_way.size)).append("\n");
  text.append(base::to_hex(crypto::bytes_of(under_way.root))).append("\n");
  for (const Completeness::Begun& begun : under_way.begun) {
    text.append(std::to_string(begun.seq)).append(" ");
    text.append(begun.act).append(" ").append(begun.request).append("\n");
  }
  return text;
}

std::optional<Completeness::Begun> parse_begun(std::string_view line) {
  const auto seq = base::parse_u64(base::take_until(line, ' ').value_or(""));
  const auto act = base::take_until(line, ' ');
  const auto is_word = [](std::string_view text) { return !text.empty() && Label::is_label(text); };
  if (!seq || !act || !is_word(*act) || !is_word(line)) return std::nullopt;
  return Completeness::Begun{
      .request = std::string(line), .act = std::string(*act), .seq = *seq, .killed = false};
}

std::optional<UnderWay> parse(std::string_view text, std::string_view origin) {
  if (base::take_until(text, '\n') != kTitle || base::take_until(text, '\n') != origin)
    return std::nullopt;
  const auto size = base::parse_u64(base::take_until(text, '\n').value_or(""));
  const auto root = parse_digest(base::take_until(text, '\n').value_or(""));
  if (!size || !root) return std::nullopt;
  UnderWay under_way{.size = *size, .root = *root, .begun = {}};
  uint64_t least = 0;
  while (const auto line = base::take_until(text, '\n')) {
    auto begun = parse_begun(*line);
    if (!begun || begun->seq < least || begun->seq >= *size) return std::nullopt;
    least = begun->seq + 1;
    under_way.begun.push_back(*std::move(begun));
  }
  if (!text.empty()) return std::nullopt;
  return under_way;
}

std::string path_in(const std::string& stream_folder) {
  return stream_folder + "/under-way";
}

}  // namespace

base::Result<void> write_under_way(base::FileSystem& files, const std::string& stream_folder,
                                   std::string_view origin, const UnderWay& under_way,
                                   const tlog::SignerKey& key) {
  tlog::Note note{.text = text_of(origin, under_way), .signatures = {}};
  if (note.text.size() > kMostBytes) {
    return base::make_error(base::Code::TooLarge, "too much is under way to be told");
  }
  SRASTA_TRY_ASSIGN(auto signature, tlog::sign_text(note.text, key));
  note.signatures.push_back(std::move(signature));
  return base::write_file_atomic(files, path_in(stream_folder), tlog::write_note(note));
}

base::Result<SignedUnderWay> read_under_way(base::FileSystem& files,
                                            const std::string& stream_folder,
                                            std::string_view origin) {
  SRASTA_TRY_ASSIGN(const std::string bytes,
                    base::read_file(files, path_in(stream_folder), kMostBytes * 2));
  auto note = tlog::parse_note(bytes);
  auto says = note ? parse(note->text, origin) : std::nullopt;
  if (says) return SignedUnderWay{*std::move(says), *std::move(note)};
  return base::make_error(base::Code::Corrupt, path_in(stream_folder) + " is damaged");
}

}  // namespace srasta::audit
