#include "inference/generated_text.h"

#include "json/scanner.h"
#include "json/walk.h"

#include <algorithm>
#include <array>

namespace srasta::inference {
namespace {

constexpr std::array<std::string_view, 5> kLabels = {"role", "finish_reason", "id", "type",
                                                     "object"};

/// The scanner bounded the depth.
uint64_t text_in(json::Walk& walk) {
  switch (walk.kind()) {
    case json::Kind::String:
      return json::unescaped_size(walk.string());
    case json::Kind::Array: {
      uint64_t sum = 0;
      walk.elements([&] { sum += text_in(walk); });
      return sum;
    }
    case json::Kind::Object: {
      uint64_t sum = 0;
      walk.members([&](std::string_view key) {
        if (std::ranges::find(kLabels, key) != kLabels.end()) {
          (void)walk.skip();
        } else {
          sum += text_in(walk);
        }
      });
      return sum;
    }
    default:
      (void)walk.skip();
      return 0;
  }
}

}  // namespace

uint64_t generated_text(std::string_view chunk) {
  const json::ScanOutcome scan = json::scan_object(chunk, {.lone_surrogates = true});
  if (!scan.ok()) return chunk.size();
  const json::Member* const choices = scan.object.find("choices");
  if (choices == nullptr) return 0;
  json::Walk walk(choices->value);
  return text_in(walk);
}

}  // namespace srasta::inference
