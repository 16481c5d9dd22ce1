#pragma once

#include "policy/reason.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

inline constexpr size_t kLongestRef = 200;

/// Whether `name` is the short name of a branch or tag: git's rules (git-check-ref-format(1)),
/// and besides only `A-Z a-z 0-9 . _ / -`, no segment that begins with `-` or is `HEAD`, not
/// beginning with `refs/`, at most 200 bytes.
[[nodiscard]] bool is_short_ref(std::string_view name);

/// How many parents up: `~2`, `^1`. In the order of the text.
struct Ancestor {
  enum class Kind : uint8_t { Generations, Parent };
  Kind kind = Kind::Generations;
  unsigned count = 1;
};

/// What a call may name a commit by. Nothing else that git understands is taken: no short object
/// ids, no `@{...}`, `^{...}`, `:path`, ranges or searches.
struct Revision {
  enum class Kind : uint8_t {
    Oid,    ///< 40 hexadecimal digits in lower case, not all zero
    Full,   ///< refs/...
    Short,  ///< a branch, or without one of the name a tag
    Head,   ///< HEAD: the branch that the repository calls its default
  };
  Kind kind = Kind::Short;
  std::string name;
  std::vector<Ancestor> ancestors = {};  ///< at most 8, each up to 1,000
};

/// REF_INVALID for everything else.
[[nodiscard]] std::expected<Revision, Reason> parse_revision(std::string_view text);

/// 40 lower-case hexadecimal digits, not all zero.
[[nodiscard]] bool is_oid(std::string_view text);

}  // namespace srasta::policy
