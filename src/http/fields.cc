#include "http/fields.h"

#include "base/encoding.h"

namespace srasta::http {

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (base::equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

size_t Fields::count(std::string_view name) const {
  size_t count = 0;
  for (const Field& field : fields_) {
    if (base::equal_ignoring_case(field.name, name)) ++count;
  }
  return count;
}

bool Fields::lists(std::string_view name, std::string_view token) const {
  bool found = false;
  for (const Field& field : fields_) {
    if (!base::equal_ignoring_case(field.name, name)) continue;
    for_each_element(field.value, [&](std::string_view element) {
      found = found || base::equal_ignoring_case(element, token);
    });
  }
  return found;
}

}  // namespace srasta::http
