#include "dialects/value.h"

#include <charconv>
#include <ranges>

namespace srasta::dialects {

std::string_view Value::text() const {
  return is(json::Kind::String) ? json::Walk(raw_).string() : std::string_view();
}

bool Value::says(std::string_view word) const {
  if (!is(json::Kind::String)) return false;
  const std::string_view inside = text();
  return inside.contains('\\') ? json::unescape(inside) == word : inside == word;
}

std::optional<int64_t> Value::integer() const {
  if (!is(json::Kind::Number)) return std::nullopt;
  return json::integer_value({.key = {}, .value = raw_, .kind = json::Kind::Number});
}

std::optional<double> Value::number() const {
  if (!is(json::Kind::Number)) return std::nullopt;
  double number = 0;
  const char* const end = raw_.data() + raw_.size();
  const auto parsed = std::from_chars(raw_.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::vector<Value> Value::elements() const {
  std::vector<Value> found;
  if (!is(json::Kind::Array)) return found;
  json::Walk walk(raw_);
  walk.elements([&] { found.emplace_back(walk.skip()); });
  return found;
}

Fields::Fields(Value value) {
  if (!value.is(json::Kind::Object)) return;
  json::Walk walk(value.raw());
  walk.members([&](std::string_view key) {
    std::string name = key.contains('\\') ? json::unescape(key) : std::string(key);
    members_.emplace_back(std::move(name), Value(walk.skip()));
  });
}

Value Fields::operator[](std::string_view name) const {
  for (const auto& [key, value] : std::views::reverse(members_)) {
    if (key == name) return value;
  }
  return {};
}

std::string quoted(std::string_view inside) {
  std::string text;
  text.reserve(inside.size() + 2);
  text += '"';
  text += inside;
  text += '"';
  return text;
}

}  // namespace srasta::dialects
