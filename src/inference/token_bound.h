#pragma once

#include "base/result.h"
#include "json/scanner.h"

#include <cstdint>
#include <optional>

namespace srasta::inference {

/// Request bodies that differ in what they let an engine generate, and in where they say it.
/// `InputOnly`: embeddings, rerank, moderations and the like, which generate no tokens.
enum class BodyKind : uint8_t { Chat, Completions, InputOnly, Messages, Responses, Ollama };

struct BoundRules {
  /// Generated tokens of a request that names no limit: then this one is added to it. At least 1.
  uint64_t default_output = 4'096;
  /// For each picture, sound or file of a message, whatever its size; not for the text beside it.
  uint64_t per_media = 4'096;
};

/// The most tokens that a request can cost.
struct TokenBound {
  uint64_t input = 0;
  uint64_t output = 0;
  /// The body names no limit, so the one that `output` was reckoned with must be added
  /// (`EditedBody`), or an engine may generate without end.
  std::optional<uint64_t> add_max_tokens;
  /// The client named no limit of any kind, so the one that is added may be a smaller one.
  bool may_be_less = false;
};

/// Whether the body says, in a member that engines know, how much may be generated.
[[nodiscard]] bool names_output_limit(const json::ObjectView& body, BodyKind kind = BodyKind::Chat);

/// The number that a body of Chat, Completions, Messages or Responses gives for that, as written.
[[nodiscard]] std::optional<int64_t> asked_output(const json::ObjectView& body);

/// The bound of a request, from the members of its body.
///
/// Input: every byte of text, decoded, since no tokenizer makes more tokens than bytes; 16 for each
/// message, prompt or text to embed; `per_media` for each media part of a message. Tools, schemas
/// and every other member that is not known to stay outside the prompt count as the JSON text that
/// templates make of them, names included. Tokens given by number count one each.
/// Output: the largest of the kind's own limit (max_tokens and max_completion_tokens; of Responses
/// max_output_tokens; of Ollama options.num_predict) and n_predict, times the largest of n, best_of
/// and n_cmpl, times the number of prompts; of InputOnly 0. Sums and products end at the largest
/// number.
///
/// Code::Invalid when one of these is not a whole number from 1 to 2^31 - 1, or null (absent):
/// `message` is for the client, `detail` is the member's name. One pass over nested values, no
/// copy.
[[nodiscard]] base::Result<TokenBound> bound_of(const json::ObjectView& body, BodyKind kind,
                                                const BoundRules& rules);

/// About how many tokens the prompt of a Messages request has, where nobody can count them: a
/// quarter of its bytes, some for each message, and for a picture what Anthropic reckons. Not a
/// bound.
[[nodiscard]] uint64_t estimate_tokens(const json::ObjectView& body);

}  // namespace srasta::inference
