#pragma once

#include "inference/usage.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::inference {

/// Reads what was used from a plain JSON answer while it passes in arbitrary pieces, without
/// keeping the answer: like `find_usage` on the whole, in bounded memory. Nothing is validated.
class UsageTap {
 public:
  void feed(std::string_view bytes);
  /// What the outermost members said; of several of one name, the last.
  [[nodiscard]] std::optional<Usage> usage() const;

 private:
  /// Takes the run of bytes up to the next one that matters and gives its length.
  size_t take_string_run(std::string_view bytes);
  void take_structure(char c);
  void keep(std::string_view run);
  /// Where the value of the outermost member `key_` is kept; null: nowhere.
  [[nodiscard]] std::string* place();

  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool expects_key_ = false;  // of the outermost object
  bool in_key_ = false;
  std::string* value_ = nullptr;  // of an outermost member that counts tokens: goes there
  std::string key_;
  std::string usage_;
  std::string input_;  // prompt_eval_count and eval_count of Ollama
  std::string output_;
};

}  // namespace srasta::inference
