#include "http/trace_context.h"

#include <algorithm>

namespace srasta::http {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

constexpr std::string_view kName = "traceparent";

}  // namespace

bool is_trace_parent(std::string_view value) {
  return value.size() == 55 && value.starts_with("00-") && value[35] == '-' && value[52] == '-' &&
         is_id(value.substr(3, 32)) && is_id(value.substr(36, 16)) && is_hex(value.substr(53));
}

std::optional<std::string_view> find_trace_parent(const Fields& fields) {
  const auto value = fields.find(kName);
  if (!value || !is_trace_parent(*value) || fields.count(kName) != 1) return std::nullopt;
  return value;
}

std::string_view trace_id_of(std::string_view trace_parent) {
  return trace_parent.substr(3, 32);
}

std::string_view parent_id_of(std::string_view trace_parent) {
  return trace_parent.substr(36, 16);
}

}  // namespace srasta::http
