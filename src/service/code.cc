#include "service/code.h"

#include "base/check.h"

#include <array>

namespace srasta::service {
namespace {

// In the order of the enumeration.
constexpr auto kFacts = std::to_array<CodeFacts>({
#include "code_facts.inc"
});

}  // namespace

const CodeFacts& facts_of(ErrorCode code) {
  const auto index = static_cast<size_t>(code);
  SRASTA_CHECK(index < kFacts.size(), "each code has its row");
  return kFacts[index];
}

std::span<const CodeFacts> all_codes() {
  return kFacts;
}

}  // namespace srasta::service
