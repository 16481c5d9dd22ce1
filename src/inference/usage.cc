#include "inference/usage.h"

#include "json/scanner.h"

namespace srasta::inference {
namespace {

constexpr json::ScanLimits kAsRelayed{.lone_surrogates = true};

std::optional<int64_t> count(const json::ObjectView& usage, std::string_view name) {
  const json::Member* const member = usage.find(name);
  if (member == nullptr) return std::nullopt;
  const auto value = json::integer_value(*member);
  if (!value || *value < 0) return std::nullopt;
  return value;
}

std::optional<Usage> usage_of(const json::Member* member) {
  if (member == nullptr || member->kind != json::Kind::Object) return std::nullopt;
  const json::ScanOutcome scan = json::scan_object(member->value, kAsRelayed);
  auto input = count(scan.object, "prompt_tokens");
  if (!input) input = count(scan.object, "input_tokens");
  auto output = count(scan.object, "completion_tokens");
  if (!output) output = count(scan.object, "output_tokens");
  if (!input && !output) return std::nullopt;
  return Usage{input.value_or(0), output.value_or(0)};
}

}  // namespace

std::optional<Usage> find_usage(std::string_view json) {
  const json::ScanOutcome scan = json::scan_object(json, kAsRelayed);
  if (!scan.ok()) return std::nullopt;
  return usage_of(scan.object.find("usage"));
}

ChunkFacts read_chunk(std::string_view data) {
  ChunkFacts facts;
  // Nearly every chunk has neither: look for the names before parsing.
  if (data.find("\"usage\"") == std::string_view::npos &&
      data.find("\"error\"") == std::string_view::npos) {
    return facts;
  }
  const json::ScanOutcome scan = json::scan_object(data, kAsRelayed);
  if (!scan.ok()) return facts;
  facts.usage = usage_of(scan.object.find("usage"));
  const json::Member* const choices = scan.object.find("choices");
  facts.usage_only = facts.usage.has_value() && choices != nullptr &&
                     choices->kind == json::Kind::Array &&
                     choices->value.find_first_not_of("[] \t\r\n") == std::string_view::npos;
  const json::Member* const error = scan.object.find("error");
  facts.is_error = error != nullptr && error->kind != json::Kind::Null;
  return facts;
}

}  // namespace srasta::inference
