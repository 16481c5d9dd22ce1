// Question: is every manifest of a backup set either refused or one that says the same when it is
// written and read again, names each part once, and is signed by nobody without a signature?
#include "input.h"
#include "recovery/manifest.h"

#include <set>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace recovery = srasta::recovery;
  using srasta::fuzz::require;
  const std::string text(srasta::fuzz::text_of(data, size));
  const auto manifest = recovery::parse_manifest(text);
  if (!manifest) return 0;
  const std::string written = recovery::write_manifest(*manifest);
  const auto again = recovery::parse_manifest(written);
  require(again.ok() && recovery::write_manifest(*again) == written);
  require(recovery::is_set_id(manifest->id));
  std::set<std::string> files;
  for (const auto& component : manifest->components) {
    require(files.insert(component.file()).second);
    require(component.file().find('/') == std::string::npos);
  }
  require(!recovery::check_signature(text, *manifest, text, {}));
  return 0;
}
