#include "inference/usage.h"

#include "json/scanner.h"
#include "json/skim.h"

#include <algorithm>
#include <cstring>

namespace srasta::inference {
namespace {

using dialects::Protocol;

/// JSON is full of quotes, and `std::string_view::find` stops at every one that a name begins with.
bool mentions(std::string_view text, std::string_view name) {
  return ::memmem(text.data(), text.size(), name.data(), name.size()) != nullptr;
}

bool is_empty_array(std::string_view array) {
  const std::string_view inside = array.substr(1, array.size() - 2);
  return inside.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

constexpr json::ScanLimits kAsRelayed{.lone_surrogates = true};
/// Far above any window; sums of such counts cannot overflow.
constexpr int64_t kMostTokens = int64_t{1} << 60;

std::optional<Usage> read_ollama_usage(std::string_view json) {
  const auto input = json::skim_count(json, "prompt_eval_count");
  const auto output = json::skim_count(json, "eval_count");
  if (!input && !output) return std::nullopt;
  return Usage{input.value_or(0), output.value_or(0)};
}

std::string_view type_of(const json::ObjectView& event) {
  const json::Member* const type = event.find("type");
  return type == nullptr ? std::string_view() : type->value;
}

std::optional<Usage> nested_usage(const json::ObjectView& event, std::string_view name) {
  const json::Member* const member = event.find(name);
  if (member == nullptr || member->kind != json::Kind::Object) return std::nullopt;
  const auto usage = json::skim_member(member->value, "usage");
  return usage ? read_usage(*usage) : std::nullopt;
}

/// https://platform.claude.com/docs/en/build-with-claude/streaming
ChunkFacts read_messages_event(std::string_view data) {
  ChunkFacts facts;
  // Deltas are nearly all there is.
  if (!mentions(data, "message_") && !mentions(data, "error\"")) return facts;
  const json::ScanOutcome scan = json::scan_object(data, kAsRelayed);
  if (!scan.ok()) return facts;
  const std::string_view type = type_of(scan.object);
  if (type == R"("message_start")") facts.usage = nested_usage(scan.object, "message");
  if (type == R"("message_delta")") {
    const json::Member* const usage = scan.object.find("usage");
    if (usage != nullptr) facts.usage = read_usage(usage->value);
  }
  facts.is_last = type == R"("message_stop")";
  facts.is_error = type == R"("error")";
  return facts;
}

/// https://platform.openai.com/docs/api-reference/responses-streaming
ChunkFacts read_responses_event(std::string_view data) {
  ChunkFacts facts;
  if (!mentions(data, "\"response\"") && !mentions(data, "error\"")) return facts;
  const json::ScanOutcome scan = json::scan_object(data, kAsRelayed);
  if (!scan.ok()) return facts;
  const std::string_view type = type_of(scan.object);
  const bool failed = type == R"("response.failed")";
  facts.is_last = failed || type == R"("response.completed")" || type == R"("response.incomplete")";
  facts.is_error = failed || type == R"("error")";
  if (facts.is_last) facts.usage = nested_usage(scan.object, "response");
  return facts;
}

/// https://docs.ollama.com/api
ChunkFacts read_ollama_line(std::string_view data) {
  ChunkFacts facts;
  if (!mentions(data, "\"done\"") && !mentions(data, "\"error\"")) return facts;
  const json::ScanOutcome scan = json::scan_object(data, kAsRelayed);
  if (!scan.ok()) return facts;
  const json::Member* const done = scan.object.find("done");
  facts.is_last = done != nullptr && done->value == "true";
  if (facts.is_last) facts.usage = read_ollama_usage(data);
  const json::Member* const error = scan.object.find("error");
  facts.is_error = error != nullptr && error->kind != json::Kind::Null;
  return facts;
}

}  // namespace

std::optional<Usage> read_usage(std::string_view usage) {
  auto input = json::skim_count(usage, "prompt_tokens");
  if (!input) input = json::skim_count(usage, "input_tokens");
  auto output = json::skim_count(usage, "completion_tokens");
  if (!output) output = json::skim_count(usage, "output_tokens");
  if (!input && !output) return std::nullopt;
  const int64_t written = json::skim_count(usage, "cache_creation_input_tokens").value_or(0);
  const int64_t read = json::skim_count(usage, "cache_read_input_tokens").value_or(0);
  const auto known = [](int64_t count) { return std::clamp(count, int64_t{0}, kMostTokens); };
  return Usage{known(input.value_or(0)) + known(written) + known(read), known(output.value_or(0))};
}

std::optional<Usage> find_usage(std::string_view json) {
  const auto member = json::skim_member(json, "usage");
  const auto usage = member ? read_usage(*member) : std::nullopt;
  return usage ? usage : read_ollama_usage(json);
}

ChunkFacts read_chunk(std::string_view data, Protocol protocol) {
  switch (protocol) {
    case Protocol::Messages:
      return read_messages_event(data);
    case Protocol::Responses:
      return read_responses_event(data);
    case Protocol::Ollama:
      return read_ollama_line(data);
    case Protocol::Chat:
      break;
  }
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
