// Question: is every path and every bundle of entries that is read written again byte for byte?
#include "input.h"
#include "tlog/entry_bundle.h"
#include "tlog/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlog = srasta::tlog;
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  if (const auto tile = tlog::parse_tile_path(text)) require(tlog::tile_path(*tile) == text);
  if (const auto bundle = tlog::parse_entry_bundle_path(text)) {
    require(tlog::entry_bundle_path(*bundle) == text);
  }
  if (size == 0) return 0;
  const unsigned width = data[0] + 1U;
  const auto entries = tlog::parse_entries(text.substr(1), width);
  if (!entries) return 0;
  const auto again = tlog::write_entries(*entries);
  require(entries->size() == width && again.ok() && *again == text.substr(1));
  return 0;
}
