#include "evidence/sink_cursors.h"

#include "audit/stored_line.h"
#include "audit/stream_name.h"
#include "base/encoding.h"
#include "base/find_text.h"

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

constexpr uint64_t kMostBytes = 64 * 1024;
constexpr std::string_view kFirstLine = "srasta sink cursor 1\n";

}  // namespace

base::Result<SinkCursors> SinkCursors::open(base::FileSystem& files, std::string path) {
  SinkCursors cursors(files, std::move(path));
  const auto text = base::read_file(files, cursors.path_, kMostBytes);
  if (!text && text.error().code == base::Code::NotFound) return cursors;
  if (!text) return text.error();
  if (!cursors.parse(*text)) {
    return base::make_error(
        base::Code::Corrupt,
        cursors.path_ + " is damaged: remove it, and the sink gets every record again");
  }
  return cursors;
}

bool SinkCursors::parse(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return false;
  text.remove_prefix(kFirstLine.size());
  while (!text.empty()) {
    auto line = base::take_until(text, '\n');
    if (!line) return false;
    const auto stream = base::take_until(*line, ' ');
    const auto next = base::take_until(*line, ' ');
    if (!stream || !next || !audit::is_stream_name(*stream)) return false;
    const auto number = base::parse_u64(*next);
    const auto last = audit::parse_digest(*line);
    if (!number || *number == 0 || !last) return false;
    const SinkPosition position{.next = *number, .last = *last};
    if (!positions_.emplace(*stream, position).second) return false;
  }
  return true;
}

SinkPosition SinkCursors::position(const std::string& stream) const {
  const auto found = positions_.find(stream);
  return found == positions_.end() ? SinkPosition{} : found->second;
}

base::Result<void> SinkCursors::advance(const std::string& stream, const SinkPosition& to) {
  positions_[stream] = to;
  std::string text(kFirstLine);
  for (const auto& [name, position] : positions_) {
    text += fmt::format("{} {} {}\n", name, position.next,
                        base::to_hex(crypto::bytes_of(position.last)));
  }
  return base::write_file_atomic(*files_, path_, text);
}

std::string sink_folder(std::string_view data_folder) {
  return std::string(data_folder) + "/forward";
}

std::string sink_cursor_file(std::string_view data_folder, std::string_view sink) {
  return fmt::format("{}/{}.cursor", sink_folder(data_folder), sink);
}

}  // namespace srasta::evidence
