#include "inference/token_bound.h"

#include "inference/prompt_weight.h"
#include "json/scanner.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace srasta::inference {
namespace {

constexpr std::array<std::string_view, 3> kOutputLimits = {"max_tokens", "max_completion_tokens",
                                                           "n_predict"};
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

/// A bound without the input.
base::Result<TokenBound> bound_output(const json::ObjectView& body, uint64_t prompts,
                                      uint64_t default_output) {
  SRASTA_TRY_ASSIGN(const auto limit, read_largest(body, {"max_tokens", "max_completion_tokens"}));
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

}  // namespace

bool names_output_limit(const json::ObjectView& body) {
  return std::ranges::any_of(kOutputLimits, [&](std::string_view name) {
    const json::Member* const member = body.find(name);
    return member != nullptr && member->kind != json::Kind::Null;
  });
}

base::Result<TokenBound> bound_of(const json::ObjectView& body, BodyKind kind,
                                  const BoundRules& rules) {
  uint64_t input = 0;
  uint64_t prompts = 1;
  for (const json::Member& member : body.members()) {
    const PromptWeight weight = weigh(member, rules.per_media);
    input = saturating_add(input, weight.tokens);
    prompts = std::max(prompts, weight.prompts);
  }
  if (kind == BodyKind::Embeddings) return TokenBound{.input = input};
  SRASTA_TRY_ASSIGN(TokenBound bound, bound_output(body, prompts, rules.default_output));
  bound.input = input;
  return bound;
}

}  // namespace srasta::inference
