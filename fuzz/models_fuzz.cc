// Question: does an engine's list of models give exactly the usable names that simdjson finds in
// it?
#include "gateway/prober.h"
#include "input.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

namespace {

bool is_usable(std::string_view name) {
  return !name.empty() && name.size() <= 256 && std::ranges::all_of(name, [](char c) {
    return static_cast<uint8_t>(c) > 0x20 && c != 0x7F;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto models = srasta::gateway::parse_models(text);
  if (!models) return 0;
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return 0;
  simdjson::dom::array list;
  require(error == simdjson::SUCCESS && root["data"].get(list) == simdjson::SUCCESS);
  std::vector<srasta::base::ModelName> expected;
  for (const simdjson::dom::element entry : list) {
    std::string_view id;
    if (entry["id"].get(id) == simdjson::SUCCESS && is_usable(id)) expected.emplace_back(id);
  }
  require(*models == expected);
  return 0;
}
