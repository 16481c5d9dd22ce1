#include "tlog/tile.h"

#include "base/encoding.h"

#include <algorithm>
#include <limits>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;
using base::Result;

constexpr unsigned kMostTileLevel = 63;
constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntriesPrefix = "tile/entries/";
constexpr std::string_view kPartial = ".p/";
constexpr unsigned kGroup = 1000;
constexpr size_t kGroupDigits = 3;

/// `<N>[.p/<W>]`: what tiles and bundles have in common.
struct Place {
  uint64_t index = 0;
  unsigned width = kTileWidth;
};

std::string three_digits(uint64_t value) {
  const std::string digits = std::to_string(value);
  return std::string(kGroupDigits - digits.size(), '0') + digits;
}

std::string write_place(const Place& place) {
  std::string text = three_digits(place.index % kGroup);
  for (uint64_t above = place.index / kGroup; above > 0; above /= kGroup) {
    text.insert(0, "x" + three_digits(above % kGroup) + "/");
  }
  if (place.width < kTileWidth) text.append(kPartial).append(std::to_string(place.width));
  return text;
}

std::optional<uint64_t> parse_index(std::string_view text) {
  uint64_t index = 0;
  while (true) {
    const bool more = text.starts_with('x');
    if (more) text.remove_prefix(1);
    const std::string_view group = text.substr(0, kGroupDigits);
    if (group.size() < kGroupDigits ||
        !std::ranges::all_of(group, [](char c) { return c >= '0' && c <= '9'; }) ||
        index > (std::numeric_limits<uint64_t>::max() - (kGroup - 1)) / kGroup) {
      return std::nullopt;
    }
    for (const char digit : group) index = index * 10 + static_cast<uint64_t>(digit - '0');
    text.remove_prefix(kGroupDigits);
    if (!more) return text.empty() ? std::optional(index) : std::nullopt;
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::optional<Place> parse_place(std::string_view text) {
  Place place;
  const size_t dot = text.find(kPartial);
  if (dot != std::string_view::npos) {
    const auto width = base::parse_u64(text.substr(dot + kPartial.size()));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    place.width = static_cast<unsigned>(*width);
  }
  const auto index = parse_index(text.substr(0, dot));
  if (!index) return std::nullopt;
  place.index = *index;
  // Groups of zeros in front would be a second spelling.
  return write_place(place) == text ? std::optional(place) : std::nullopt;
}

}  // namespace

std::string tile_path(const Tile& tile) {
  return std::string(kTilePrefix)
      .append(std::to_string(tile.level))
      .append("/")
      .append(write_place({tile.index, tile.width}));
}

std::string entry_bundle_path(const EntryBundle& bundle) {
  return std::string(kEntriesPrefix).append(write_place({bundle.index, bundle.width}));
}

Result<Tile> parse_tile_path(std::string_view path) {
  const auto refused = [] { return make_error(Code::Invalid, "not the path of a tile"); };
  if (!path.starts_with(kTilePrefix)) return refused();
  path.remove_prefix(kTilePrefix.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return refused();
  const auto level = base::parse_u64(path.substr(0, slash));
  const auto place = parse_place(path.substr(slash + 1));
  if (!level || *level > kMostTileLevel || !place) return refused();
  return Tile{static_cast<unsigned>(*level), place->index, place->width};
}

Result<EntryBundle> parse_entry_bundle_path(std::string_view path) {
  const auto place = path.starts_with(kEntriesPrefix)
                         ? parse_place(path.substr(kEntriesPrefix.size()))
                         : std::nullopt;
  if (!place) return make_error(Code::Invalid, "not the path of an entry bundle");
  return EntryBundle{place->index, place->width};
}

std::optional<NodePlace> place_of_node(unsigned level, uint64_t index, uint64_t tree_size) {
  if (level >= 64 || index >= tree_size >> level) return std::nullopt;
  const unsigned tile_level = level / kTileHeight;
  const unsigned count = 1U << level % kTileHeight;
  const uint64_t first = index * count;  // as a hash of the tile level: smaller than the tree
  const uint64_t tile = first / kTileWidth;
  const uint64_t in_level = tree_size >> (tile_level * kTileHeight);
  const uint64_t width = std::min<uint64_t>(kTileWidth, in_level - tile * kTileWidth);
  return NodePlace{.tile = {tile_level, tile, static_cast<unsigned>(width)},
                   .first = static_cast<unsigned>(first % kTileWidth),
                   .count = count};
}

std::vector<TileRow> tile_rows(uint64_t tree_size) {
  return grown_tile_rows(0, tree_size);
}

std::vector<TileRow> grown_tile_rows(uint64_t old_size, uint64_t new_size) {
  std::vector<TileRow> rows;
  for (unsigned level = 0; new_size > old_size; ++level) {
    const uint64_t first = old_size / kTileWidth;
    rows.push_back({.level = level,
                    .first = first,
                    .full = new_size / kTileWidth - first,
                    .partial = static_cast<unsigned>(new_size % kTileWidth)});
    old_size /= kTileWidth;
    new_size /= kTileWidth;
  }
  return rows;
}

}  // namespace srasta::tlog
