// Question: does any configuration file crash the reader or escape its error format?
#include "config/config.h"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = srasta::config::parse_config(text, "f.yaml", {});
  if (!loaded.ok() && !loaded.error().message.starts_with("f.yaml")) std::abort();
  return 0;
}
