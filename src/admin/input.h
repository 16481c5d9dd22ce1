#pragma once

#include "admin/refusal.h"
#include "json/document.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::admin {

/// The members of a request's body. The first one that is missing, unknown or wrong is kept, so
/// that all can be read before anything is judged.
class Input {
 public:
  /// `known`: all members that there may be; they must outlive the input.
  Input(std::string_view body, std::initializer_list<std::string_view> known);

  using Check = bool (*)(std::string_view);
  [[nodiscard]] std::string text(std::string_view name, Check check);
  [[nodiscard]] std::string text_or(std::string_view name, Check check, std::string fallback);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name, Check check);
  [[nodiscard]] std::optional<bool> optional_flag(std::string_view name);
  [[nodiscard]] int64_t integer_or(std::string_view name, int64_t least, int64_t most,
                                   int64_t fallback);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name, Check check);
  [[nodiscard]] std::optional<std::vector<std::string>> optional_texts(std::string_view name,
                                                                       Check check);

  /// Why the body is not taken; nothing: all that was read is good.
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  [[nodiscard]] std::optional<json::Value> find(std::string_view name) const;
  void blame(std::string_view name);

  std::optional<json::Document> document_;
  std::optional<Refusal> refusal_;
};

/// Names of people and accounts: 1 to 128 of A-Z a-z 0-9 . _ @ + -
[[nodiscard]] bool is_account_name(std::string_view text);

}  // namespace srasta::admin
