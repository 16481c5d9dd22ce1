#include "http/fields.h"

#include "base/encoding.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace srasta::http {

namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHigh = 0x8080808080808080;

/// Whether one of eight bytes may be a control character: below 0x20 or 0x7F. Exact for a group
/// without any; tabs count, so that a group with one is looked at byte by byte.
bool may_hold_control(uint64_t eight) {
  const uint64_t below_space = (eight - kOnes * 0x20) & ~eight;
  const uint64_t without_delete = eight ^ (kOnes * 0x7F);
  const uint64_t is_delete = (without_delete - kOnes) & ~without_delete;
  return ((below_space | is_delete) & kHigh) != 0;
}

bool is_value_byte(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return (byte >= 0x20 || c == '\t') && byte != 0x7F;
}

}  // namespace

bool is_field_value(std::string_view value) {
  while (value.size() >= sizeof(uint64_t)) {
    uint64_t eight = 0;
    std::memcpy(&eight, value.data(), sizeof eight);
    if (may_hold_control(eight) &&
        !std::ranges::all_of(value.substr(0, sizeof eight), is_value_byte)) {
      return false;
    }
    value.remove_prefix(sizeof eight);
  }
  return std::ranges::all_of(value, is_value_byte);
}

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
