#pragma once

#include <cstdint>
#include <string_view>

namespace srasta::inference {

/// The bytes of text that a chunk of a streamed answer, or a whole answer, brings from the model:
/// every text inside `choices` except its labels (role, finish_reason, id, type, object). No
/// tokenizer makes more tokens than bytes. What is not JSON has as many bytes as it is long.
[[nodiscard]] uint64_t generated_text(std::string_view chunk);

}  // namespace srasta::inference
