#include "inference/token_bound.h"

#include "inference/prompt_weight.h"
#include "json/scanner.h"

#include <algorithm>
#include <limits>
#include <string>

namespace srasta::inference {
namespace {

constexpr int64_t kMostCount = std::numeric_limits<int32_t>::max();

/// A count that engines obey; nothing when it is absent or null.
base::Result<std::optional<uint64_t>> read_count(const json::ObjectView& body,
                                                 std::string_view name) {
  const json::Member* const member = body.find(name);
  if (member == nullptr || member->kind == json::Kind::Null) return std::optional<uint64_t>();
  const auto count = json::integer_value(*member);
  if (!count || *count < 1 || *count > kMostCount) {
    return base::make_error(
        base::Code::Invalid,
        std::string(name) + " must be a whole number from 1 to " + std::to_string(kMostCount),
        std::string(name));
  }
  return std::optional(static_cast<uint64_t>(*count));
}

/// The largest of several counts; nothing when none is there.
base::Result<std::optional<uint64_t>> read_largest(const json::ObjectView& body,
                                                   std::initializer_list<std::string_view> names) {
  std::optional<uint64_t> largest;
  for (const std::string_view name : names) {
    SRASTA_TRY_ASSIGN(const auto count, read_count(body, name));
    largest = std::max(largest, count);
  }
  return largest;
}

/// The members of Ollama's `options`; none when it is not an object.
json::ObjectView options_of(const json::ObjectView& body) {
  const json::Member* const options = body.find("options");
  if (options == nullptr || options->kind != json::Kind::Object) return {};
  return json::scan_object(options->value, {.lone_surrogates = true}).object;
}

/// The limit under the kind's own name.
base::Result<std::optional<uint64_t>> read_limit(const json::ObjectView& body, BodyKind kind) {
  switch (kind) {
    case BodyKind::Messages:
      return read_count(body, "max_tokens");
    case BodyKind::Responses:
      return read_count(body, "max_output_tokens");
    case BodyKind::Ollama:
      return read_count(options_of(body), "num_predict");
    case BodyKind::Chat:
    case BodyKind::Completions:
    case BodyKind::InputOnly:
      break;
  }
  return read_largest(body, {"max_tokens", "max_completion_tokens"});
}

/// A bound without the input.
base::Result<TokenBound> bound_output(const json::ObjectView& body, BodyKind kind, uint64_t prompts,
                                      uint64_t default_output) {
  SRASTA_TRY_ASSIGN(const auto limit, read_limit(body, kind));
  // llama.cpp lets its own name win over the others.
  SRASTA_TRY_ASSIGN(const auto predict, read_count(body, "n_predict"));
  SRASTA_TRY_ASSIGN(const auto choices, read_largest(body, {"n", "best_of", "n_cmpl"}));
  const uint64_t each = std::max(limit.value_or(default_output), predict.value_or(0));
  const uint64_t answers = saturating_multiply(choices.value_or(1), prompts);
  TokenBound bound{.output = saturating_multiply(each, answers)};
  if (!limit) bound.add_max_tokens = each;
  bound.may_be_less = !limit && !predict;
  return bound;
}

bool is_given(const json::Member* member) {
  return member != nullptr && member->kind != json::Kind::Null;
}

}  // namespace

bool names_output_limit(const json::ObjectView& body, BodyKind kind) {
  if (is_given(body.find("n_predict"))) return true;
  switch (kind) {
    case BodyKind::Messages:
      return is_given(body.find("max_tokens"));
    case BodyKind::Responses:
      return is_given(body.find("max_output_tokens"));
    case BodyKind::Ollama:
      return is_given(options_of(body).find("num_predict"));
    case BodyKind::Chat:
    case BodyKind::Completions:
    case BodyKind::InputOnly:
      break;
  }
  return is_given(body.find("max_tokens")) || is_given(body.find("max_completion_tokens"));
}

uint64_t estimate_tokens(const json::ObjectView& body) {
  constexpr uint64_t kBytesPerToken = 4;
  constexpr uint64_t kPerPicture = 1'600 * kBytesPerToken;
  uint64_t bytes = 0;
  for (const json::Member& member : body.members()) {
    bytes = saturating_add(bytes, weigh(member, BodyKind::Messages, kPerPicture).tokens);
  }
  return (bytes / kBytesPerToken) + (bytes % kBytesPerToken == 0 ? 0 : 1);
}

std::optional<int64_t> asked_output(const json::ObjectView& body) {
  for (const std::string_view name : {"max_completion_tokens", "max_tokens", "max_output_tokens"}) {
    const json::Member* const member = body.find(name);
    if (member == nullptr) continue;
    if (const auto most = json::integer_value(*member)) return most;
  }
  return std::nullopt;
}

base::Result<TokenBound> bound_of(const json::ObjectView& body, BodyKind kind,
                                  const BoundRules& rules) {
  uint64_t input = 0;
  uint64_t prompts = 1;
  for (const json::Member& member : body.members()) {
    const PromptWeight weight = weigh(member, kind, rules.per_media);
    input = saturating_add(input, weight.tokens);
    prompts = std::max(prompts, weight.prompts);
  }
  if (kind == BodyKind::InputOnly) return TokenBound{.input = input};
  SRASTA_TRY_ASSIGN(TokenBound bound, bound_output(body, kind, prompts, rules.default_output));
  bound.input = input;
  return bound;
}

}  // namespace srasta::inference
