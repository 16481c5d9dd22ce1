#pragma once

#include "inference/token_bound.h"
#include "json/scanner.h"

#include <cstdint>

namespace srasta::inference {

[[nodiscard]] uint64_t saturating_add(uint64_t a, uint64_t b);
[[nodiscard]] uint64_t saturating_multiply(uint64_t a, uint64_t b);

/// The most input tokens that one part of a body can become.
struct PromptWeight {
  uint64_t tokens = 0;
  uint64_t prompts = 1;  ///< that are answered one by one
};

/// Of `member`, a member of a scanned body's outermost object.
[[nodiscard]] PromptWeight weigh(const json::Member& member, BodyKind kind, uint64_t per_media);

}  // namespace srasta::inference
