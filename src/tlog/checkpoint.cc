#include "tlog/checkpoint.h"

#include "base/encoding.h"
#include "tlog/base64.h"
#include "tlog/lines.h"
#include "tlog/note.h"
#include "tlog/tree_hash.h"

#include <optional>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;

std::optional<uint64_t> parse_size(std::optional<std::string_view> line) {
  const auto size = line ? base::parse_u64(*line) : std::nullopt;
  return size && *size <= kMostTreeSize ? size : std::nullopt;
}

}  // namespace

bool is_origin(std::string_view origin) {
  return !origin.empty() && origin.size() <= kMostOriginBytes && !origin.contains('\n') &&
         is_note_text(std::string(origin) + "\n");
}

base::Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (text.size() > kMostCheckpointBytes) {
    return make_error(Code::TooLarge, "the checkpoint is too large");
  }
  if (!is_note_text(text)) return make_error(Code::Invalid, "a checkpoint is the text of a note");
  Lines lines(text);
  const auto origin = lines.next();
  if (!origin || !is_origin(*origin)) {
    return make_error(Code::Invalid, "the first line of a checkpoint is its origin");
  }
  const auto size = parse_size(lines.next());
  if (!size) return make_error(Code::Invalid, "the second line of a checkpoint is the tree's size");
  const auto root_line = lines.next();
  const auto root = root_line ? hash_from_base64(*root_line) : std::nullopt;
  if (!root) return make_error(Code::Invalid, "the third line of a checkpoint is the root's hash");
  Checkpoint checkpoint{std::string(*origin), *size, *root, {}};
  while (const auto line = lines.next()) {
    if (line->empty()) return make_error(Code::Invalid, "a line of the checkpoint is empty");
    checkpoint.extensions.emplace_back(*line);
  }
  return checkpoint;
}

base::Result<std::string> write_checkpoint(std::string_view origin, uint64_t size,
                                           const crypto::Digest& root) {
  if (!is_origin(origin)) return make_error(Code::Invalid, "not the origin of a log");
  if (size > kMostTreeSize) return make_error(Code::Invalid, "a tree has less than 2^63 leaves");
  return std::string(origin)
      .append("\n")
      .append(std::to_string(size))
      .append("\n")
      .append(hash_to_base64(root))
      .append("\n");
}

}  // namespace srasta::tlog
