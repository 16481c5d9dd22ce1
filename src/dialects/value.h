#pragma once

#include "json/scanner.h"
#include "json/walk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::dialects {

/// One value of a text that `json::scan_object` accepted, as written: what a translator does not
/// have to understand passes through it byte for byte. Absent and null are alike: clients write
/// null for what they leave out.
class Value {
 public:
  Value() = default;
  explicit Value(std::string_view raw) : raw_(raw) {}

  [[nodiscard]] bool present() const { return !raw_.empty() && raw_ != "null"; }
  explicit operator bool() const { return present(); }
  [[nodiscard]] std::string_view raw() const { return raw_; }
  [[nodiscard]] bool is(json::Kind kind) const {
    return !raw_.empty() && json::Walk(raw_).kind() == kind;
  }
  /// The inside of a string, escapes not resolved; empty for everything else.
  [[nodiscard]] std::string_view text() const;
  /// Whether it is the string `word`.
  [[nodiscard]] bool says(std::string_view word) const;
  [[nodiscard]] bool is_true() const { return raw_ == "true"; }
  /// A whole number that is written as such.
  [[nodiscard]] std::optional<int64_t> integer() const;
  /// A number however it is written; nothing for one that is too large.
  [[nodiscard]] std::optional<double> number() const;

  /// Of an array; nothing for everything else.
  [[nodiscard]] std::vector<Value> elements() const;

 private:
  std::string_view raw_;
};

/// The members of an object by name; none of any other value. Of a name that stands twice, the last
/// counts.
class Fields {
 public:
  explicit Fields(Value value);
  explicit Fields(std::string_view raw) : Fields(Value(raw)) {}

  /// Absent if there is none.
  [[nodiscard]] Value operator[](std::string_view name) const;
  /// Names with their escapes resolved.
  [[nodiscard]] const std::vector<std::pair<std::string, Value>>& all() const { return members_; }

 private:
  std::vector<std::pair<std::string, Value>> members_;
};

/// A JSON string of `inside`, whose escapes are as JSON wants them.
[[nodiscard]] std::string quoted(std::string_view inside);

}  // namespace srasta::dialects
