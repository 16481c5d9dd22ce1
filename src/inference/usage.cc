#include "inference/usage.h"

#include "json/scanner.h"
#include "json/skim.h"

#include <cstring>

namespace srasta::inference {
namespace {

/// JSON is full of quotes, and `std::string_view::find` stops at every one that a name begins with.
bool mentions(std::string_view text, std::string_view name) {
  return ::memmem(text.data(), text.size(), name.data(), name.size()) != nullptr;
}

bool is_empty_array(std::string_view array) {
  const std::string_view inside = array.substr(1, array.size() - 2);
  return inside.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

constexpr json::ScanLimits kAsRelayed{.lone_surrogates = true};

}  // namespace

std::optional<Usage> read_usage(std::string_view usage) {
  auto input = json::skim_count(usage, "prompt_tokens");
  if (!input) input = json::skim_count(usage, "input_tokens");
  auto output = json::skim_count(usage, "completion_tokens");
  if (!output) output = json::skim_count(usage, "output_tokens");
  if (!input && !output) return std::nullopt;
  return Usage{input.value_or(0), output.value_or(0)};
}

std::optional<Usage> find_usage(std::string_view json) {
  const auto usage = json::skim_member(json, "usage");
  return usage ? read_usage(*usage) : std::nullopt;
}

ChunkFacts read_chunk(std::string_view data) {
  ChunkFacts facts;
  // Nearly every chunk has neither: look for the names before parsing.
  if (!mentions(data, "usage\"") && !mentions(data, "error\"")) return facts;
  const json::ScanOutcome scan = json::scan_object(data, kAsRelayed);
  if (!scan.ok()) return facts;
  const json::Member* const usage = scan.object.find("usage");
  if (usage != nullptr) facts.usage = read_usage(usage->value);
  const json::Member* const choices = scan.object.find("choices");
  facts.usage_only = facts.usage.has_value() && choices != nullptr &&
                     choices->kind == json::Kind::Array && is_empty_array(choices->value);
  const json::Member* const error = scan.object.find("error");
  facts.is_error = error != nullptr && error->kind != json::Kind::Null;
  return facts;
}

}  // namespace srasta::inference
