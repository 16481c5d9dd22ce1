// Question: is an accepted path always free of what could climb, split or hide?
#include "http/path.h"
#include "input.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  const std::string_view input = srasta::fuzz::text_of(data, size);
  const auto canonical = srasta::http::canonical_path(input);
  if (!canonical) return 0;
  const std::string& path = canonical->path;
  require(path.starts_with('/') && path.size() <= input.size());
  for (const std::string_view bad : {"//", "\\", "/../", "/./", "#"}) {
    // Behind a percent sign "#" is data: only the written one would end the path for a reader.
    require(bad == "#" ? input.find('#') == std::string_view::npos : !path.contains(bad));
  }
  require(!path.ends_with("/..") && !path.ends_with("/."));
  require(std::ranges::none_of(path, [](char c) { return static_cast<uint8_t>(c) < 0x20; }));
  require(simdjson::validate_utf8(path.data(), path.size()));
  require(canonical->query.empty() || input.ends_with(canonical->query));
  return 0;
}
