#pragma once

#include "base/result.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: the conversation of an Ollama request as Chat wants it.
namespace srasta::dialects {

/// A text and pictures, in base64 without their type, as the content of a message. `where`: of the
/// pictures, for refusals.
[[nodiscard]] base::Result<std::string> ollama_content(Value text, Value images,
                                                       const std::string& where);

/// Writes one message after the other. Chat's results name the call that they answer. Ollama's name
/// its id, or only the tool, or nothing at all: then the next call that waits is answered.
class OllamaTurns {
 public:
  explicit OllamaTurns(json::Writer& writer) : writer_(writer) {}

  [[nodiscard]] base::Result<void> add(const Fields& message);

 private:
  struct Waiting {
    std::string id;
    std::string name;  ///< both: insides of strings as written
  };

  [[nodiscard]] base::Result<void> add_said(const Fields& message, const std::string& where);
  [[nodiscard]] base::Result<void> add_assistant(const Fields& message, const std::string& where);
  [[nodiscard]] base::Result<void> add_result(const Fields& message, const std::string& where);

  json::Writer& writer_;
  size_t index_ = 0;
  std::vector<Waiting> waiting_;
};

}  // namespace srasta::dialects
