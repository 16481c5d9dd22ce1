#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::inference {

/// The bytes of text that a chunk of a streamed answer, or a whole answer, brings from the model:
/// every text inside `choices` except its labels (role, finish_reason, id, type, object). No
/// tokenizer makes more tokens than bytes. What is not JSON has as many bytes as it is long.
[[nodiscard]] uint64_t generated_text(std::string_view chunk);

/// The same for the chunks of one stream, which usually differ in nothing but one text: what stood
/// around it in the last chunk is compared by bytes, and only another shape is read as JSON.
class TextMeter {
 public:
  [[nodiscard]] uint64_t count(std::string_view chunk);

 private:
  [[nodiscard]] bool has_known_shape(std::string_view chunk) const;

  std::string before_;  ///< of the last chunk that had exactly one text; empty: there was none
  std::string after_;
};

}  // namespace srasta::inference
