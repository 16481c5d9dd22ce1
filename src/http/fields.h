#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace srasta::http {

/// One header field. Views point into the head that was parsed.
struct Field {
  std::string_view name;
  std::string_view value;  ///< without surrounding white space
};

/// Whether `value` has no control characters but tabs (RFC 9110 section 5.5).
[[nodiscard]] bool is_field_value(std::string_view value);

/// The fields of one head, in order. Names compare without case.
class Fields {
 public:
  void clear() { fields_.clear(); }
  void add(Field field) { fields_.push_back(field); }
  /// Removes the fields whose name fits; how many there were.
  template <typename IsRemoved>
  size_t remove_if(IsRemoved is_removed) {
    return std::erase_if(fields_, [&](const Field& field) { return is_removed(field.name); });
  }

  [[nodiscard]] size_t size() const { return fields_.size(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

  /// The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
  /// Whether the comma-separated list in all fields of that name holds `token`, without case.
  [[nodiscard]] bool lists(std::string_view name, std::string_view token) const;

 private:
  std::vector<Field> fields_;
};

/// Calls `visit(element)` for each comma-separated element, white space removed, empty ones
/// included.
template <typename Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (true) {
    const size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) {
      element.remove_prefix(1);
    }
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) {
      element.remove_suffix(1);
    }
    visit(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace srasta::http
