// Question: is every header and manifest that is read from an evidence bundle written again byte
// for byte?
#include "audit/bundle_manifest.h"
#include "audit/ustar.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace audit = srasta::audit;
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  if (const auto member = audit::parse_ustar_header(text)) {
    require(audit::ustar_header(*member) == text && text.size() == audit::kUstarBlock);
  }
  if (const auto manifest = audit::parse_manifest_head(text)) {
    require(audit::manifest_head(*manifest) == text);
  }
  return 0;
}
