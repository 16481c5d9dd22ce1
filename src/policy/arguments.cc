#include "policy/arguments.h"

#include "config/values.h"
#include "policy/pattern.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

using Fault = Arguments::Fault;

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::Text:
      return "a text";
    case ValueType::Integer:
      return "a whole number";
    case ValueType::Boolean:
      return "true or false";
    case ValueType::Object:
      return "an object";
    case ValueType::Array:
      return "an array";
  }
  return "something else";
}

bool is_of_type(const json::Value& value, ValueType type) {
  switch (type) {
    case ValueType::Text:
      return value.string().has_value();
    case ValueType::Integer:
      return value.integer().has_value();
    case ValueType::Boolean:
      return value.boolean().has_value();
    case ValueType::Object:
      return value.is_object();
    case ValueType::Array:
      return value.is_array();
  }
  return false;
}

int64_t extent_of(const json::Value& value, ValueType type) {
  if (type == ValueType::Text) return static_cast<int64_t>(value.string().value_or("").size());
  if (type == ValueType::Integer) return value.integer().value_or(0);
  return type == ValueType::Boolean ? 0 : static_cast<int64_t>(value.size());
}

std::optional<Fault> check_parameters(const Argument& known, const json::Value& value) {
  std::optional<Fault> fault;
  value.for_each_member([&](std::string_view name, const json::Value& each) {
    if (fault || each.string()) return;
    fault = Fault{.argument = fmt::format("{}.{}", known.name, name), .what = "is not a text"};
  });
  return fault;
}

std::optional<Fault> check(const Argument& known, const json::Value& value) {
  const std::string name(known.name);
  if (!is_of_type(value, known.type)) {
    return Fault{.argument = name, .what = fmt::format("is not {}", type_name(known.type))};
  }
  const int64_t extent = extent_of(value, known.type);
  if (extent < known.least || extent > known.most) {
    const std::string_view of = known.type == ValueType::Integer ? "" : " long";
    return Fault{.argument = name,
                 .what = fmt::format("is not {} to {}{}", known.least, known.most, of)};
  }
  if (known.means == Means::Time && !parse_rfc3339(value.string().value_or(""))) {
    return Fault{.argument = name, .what = "is not a time of RFC 3339"};
  }
  return known.means == Means::Parameters ? check_parameters(known, value) : std::nullopt;
}

/// What one argument says about another.
std::optional<Fault> check_together(Tool tool, const Arguments& arguments) {
  if (tool == Tool::CodeSearch && arguments.flag("regex")) {
    if (!Pattern::parse(arguments.text("pattern").value_or("")))
      return Fault{.argument = "pattern", .what = "is no expression of RE2"};
  }
  if (tool == Tool::PatchCheck &&
      arguments.value("patch").has_value() == arguments.value("edits").has_value()) {
    return Fault{.argument = "patch", .what = "or edits must be there, and not both"};
  }
  const bool runs = tool == Tool::CommandRun || tool == Tool::TestRun;
  if (runs && arguments.value("ref").has_value() == arguments.value("workspace").has_value()) {
    return Fault{.argument = "ref", .what = "or workspace must be there, and not both"};
  }
  return std::nullopt;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (failure != std::errc() || end != text.data() + text.size() || !digits) return std::nullopt;
  return value;
}

/// `Z`, `+01:00`: seconds east of UTC.
std::optional<int64_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const auto hours = number(text.substr(1, 2));
  const auto minutes = number(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int64_t seconds = int64_t{*hours} * 3600 + int64_t{*minutes} * 60;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  constexpr size_t kSeconds = 19;  // 2027-01-31T00:00:00
  if (text.size() <= kSeconds) return std::nullopt;
  std::string plain(text.substr(0, kSeconds));
  if (plain[10] == 't' || plain[10] == ' ') plain[10] = 'T';
  const auto local = config::parse_time(plain + "Z");
  std::string_view rest = text.substr(kSeconds);
  if (rest.front() == '.') {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return std::nullopt;
    rest.remove_prefix(end);
  }
  const auto offset = parse_offset(rest);
  if (!local || !offset) return std::nullopt;
  return *local - *offset;
}

std::expected<Arguments, Fault> Arguments::read(Tool tool, json::Value object, Missing missing) {
  if (!object.is_object()) {
    return std::unexpected(Fault{.argument = "", .what = "the arguments are not an object"});
  }
  const ToolFacts& facts = facts_of(tool);
  std::optional<Fault> fault;
  object.for_each_member([&](std::string_view name, const json::Value& value) {
    if (fault) return;
    const Argument* const known = facts.argument(name);
    if (known != nullptr) {
      fault = check(*known, value);
    } else {
      fault = Fault{.reason = Reason::ArgUnknownField, .argument = "", .what = "is not known"};
    }
  });
  for (const Argument& known : facts.arguments) {
    if (fault || missing == Missing::Allowed) break;
    if (known.required && !object.find(known.name)) {
      fault = Fault{.argument = std::string(known.name), .what = "is missing"};
    }
  }
  Arguments arguments(object);
  if (!fault && missing == Missing::Refused) fault = check_together(tool, arguments);
  if (fault) return std::unexpected(*std::move(fault));
  return arguments;
}

std::optional<std::string_view> Arguments::text(std::string_view name) const {
  const auto value = object_.find(name);
  return value ? value->string() : std::nullopt;
}

std::optional<int64_t> Arguments::integer(std::string_view name) const {
  const auto value = object_.find(name);
  return value ? value->integer() : std::nullopt;
}

bool Arguments::flag(std::string_view name) const {
  const auto value = object_.find(name);
  return value && value->boolean().value_or(false);
}

std::optional<json::Value> Arguments::value(std::string_view name) const {
  return object_.find(name);
}

}  // namespace srasta::policy
