#pragma once

#include "dialects/protocol.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::inference {

/// The bytes of text that a chunk of a streamed answer, or a whole answer, brings from the model:
/// every text in the protocol's place for it (of Chat: `choices`) except labels (role, id, type and
/// the like); of the calls of Ollama, which are no texts, all. No tokenizer makes more tokens than
/// bytes. What is not JSON has as many bytes as it is long.
[[nodiscard]] uint64_t generated_text(std::string_view chunk,
                                      dialects::Protocol protocol = dialects::Protocol::Chat);

/// The same for the chunks of one stream, which usually differ in nothing but one text: what stood
/// around it in the last chunk is compared by bytes, and only another shape is read as JSON.
class TextMeter {
 public:
  explicit TextMeter(dialects::Protocol protocol = dialects::Protocol::Chat)
      : protocol_(protocol) {}
  [[nodiscard]] uint64_t count(std::string_view chunk);

 private:
  [[nodiscard]] bool has_known_shape(std::string_view chunk) const;

  const dialects::Protocol protocol_;
  std::string before_;  ///< of the last chunk that had exactly one text; empty: there was none
  std::string after_;
};

}  // namespace srasta::inference
