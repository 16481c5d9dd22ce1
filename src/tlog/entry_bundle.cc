#include "tlog/entry_bundle.h"

#include "tlog/tile.h"

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;

constexpr size_t kLengthBytes = 2;

}  // namespace

base::Result<std::string> write_entries(std::span<const std::string_view> entries) {
  if (entries.empty() || entries.size() > kTileWidth) {
    return make_error(Code::Invalid, "an entry bundle has 1 to 256 entries");
  }
  std::string bytes;
  for (const std::string_view entry : entries) {
    if (entry.size() > kMostEntryBytes) {
      return make_error(Code::TooLarge, "a log entry has at most 65535 bytes");
    }
    bytes += static_cast<char>(entry.size() >> 8);
    bytes += static_cast<char>(entry.size() & 0xFF);
    bytes.append(entry);
  }
  return bytes;
}

base::Result<std::vector<std::string_view>> parse_entries(std::string_view bytes, unsigned width) {
  if (width == 0 || width > kTileWidth) {
    return make_error(Code::Invalid, "an entry bundle has 1 to 256 entries");
  }
  std::vector<std::string_view> entries;
  entries.reserve(width);
  while (entries.size() < width) {
    if (bytes.size() < kLengthBytes) return make_error(Code::Corrupt, "the entry bundle is short");
    const size_t size =
        static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
    bytes.remove_prefix(kLengthBytes);
    if (bytes.size() < size) return make_error(Code::Corrupt, "the entry bundle is short");
    entries.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  if (!bytes.empty()) return make_error(Code::Corrupt, "the entry bundle has bytes left over");
  return entries;
}

}  // namespace srasta::tlog
