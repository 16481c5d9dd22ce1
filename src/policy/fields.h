#pragma once

#include "config/document.h"
#include "policy/glob.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Private to policy/: how the values of a document are read, each with its place in complaints.
namespace srasta::policy {

using Problems = std::vector<config::Problem>;

/// One value and the path that leads to it.
struct Field {
  const config::Node* node = nullptr;
  std::string key;

  [[nodiscard]] Field member(const config::Node& child) const;
};

/// Reads values into what they must be; what is wrong goes to the list, and the result is nothing.
class ValueReader {
 public:
  explicit ValueReader(Problems& problems) : problems_(problems) {}

  void complain(const Field& field, std::string what, std::string allowed = {});
  [[nodiscard]] size_t complaints() const { return problems_.size(); }

  /// 1 to `most` bytes of printable UTF-8.
  std::optional<std::string> text(const Field& field, size_t most = 1024);
  /// Letters, digits and `. _ -`, the first a letter or digit; at most 64.
  std::optional<std::string> id(const Field& field);
  std::optional<int64_t> integer(const Field& field, int64_t least, int64_t most);
  std::optional<bool> boolean(const Field& field);
  /// The position of the text in `allowed`.
  std::optional<size_t> choice(const Field& field, std::initializer_list<std::string_view> allowed);
  /// A glob; must be quoted, as YAML gives `*` a meaning of its own.
  std::optional<Glob> glob(const Field& field);
  /// `900s`, `15m`, `1h`.
  std::optional<int64_t> seconds(const Field& field, int64_t least, int64_t most);
  /// One text, or a list of them.
  std::vector<Field> items(const Field& field);
  std::vector<Field> members(const Field& field);

 private:
  bool is_scalar(const Field& field);
  Problems& problems_;
};

/// The members of one map. Each is taken once; `finish` refuses what nobody took.
class Members {
 public:
  Members(ValueReader& reader, Field map);

  std::optional<Field> take(std::string_view name);
  /// The same, and a complaint when it is not there.
  std::optional<Field> need(std::string_view name);
  [[nodiscard]] const Field& map() const { return map_; }
  void finish();

 private:
  ValueReader& reader_;
  Field map_;
  std::vector<std::string> known_;
};

}  // namespace srasta::policy
