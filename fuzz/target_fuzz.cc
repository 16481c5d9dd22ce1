// Question: is an accepted path always free of what could climb, split or hide, and stable when it
// is parsed again?
#include "http/path.h"
#include "http/url.h"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto path = srasta::http::canonical_path(input)) {
    const std::string& text = path->path;
    const bool bad = text.find("//") != std::string::npos || text.find('\\') != std::string::npos ||
                     text.find("/../") != std::string::npos ||
                     text.find('\0') != std::string::npos || text.ends_with("/..") ||
                     text.ends_with("/.");
    if (bad) std::abort();
  }
  if (const auto url = srasta::http::parse_url(input); url.ok()) {
    const auto again = srasta::http::parse_url(url->str());
    if (!again.ok() || !(*again == *url)) std::abort();
  }
  return 0;
}
