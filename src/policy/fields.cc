#include "policy/fields.h"

#include "config/values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::policy {
namespace {

using Kind = config::Node::Kind;

constexpr size_t kLongestId = 64;

bool is_id(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= kLongestId && is_alphanumeric(text.front()) &&
         std::ranges::all_of(
             text, [&](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

Field Field::member(const config::Node& child) const {
  return {&child, key.empty() ? child.key : key + "." + child.key};
}

void ValueReader::complain(const Field& field, std::string what, std::string allowed) {
  problems_.push_back({.line = field.node == nullptr ? 0 : field.node->at.line,
                       .key = field.key,
                       .what = std::move(what),
                       .allowed = std::move(allowed)});
}

bool ValueReader::is_scalar(const Field& field) {
  if (field.node->kind == Kind::Scalar) return true;
  complain(field, "is not one value");
  return false;
}

std::optional<std::string> ValueReader::text(const Field& field, size_t most) {
  if (!is_scalar(field)) return std::nullopt;
  const std::string& text = field.node->text;
  if (!field.node->quoted && config::needs_quotes(text)) {
    complain(field, fmt::format("{} must be quoted to be text", text));
    return std::nullopt;
  }
  const bool controls = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
  if (text.empty() || text.size() > most || controls) {
    complain(field, fmt::format("is not 1 to {} printable bytes", most));
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> ValueReader::id(const Field& field) {
  auto found = text(field);
  if (!found || is_id(*found)) return found;
  complain(field, "is not an id", "1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit");
  return std::nullopt;
}

std::optional<int64_t> ValueReader::integer(const Field& field, int64_t least, int64_t most) {
  if (!is_scalar(field)) return std::nullopt;
  const std::string& text = field.node->text;
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool plain = !field.node->quoted && text != "-0" && (text == "0" || text.front() != '0');
  if (!plain || failure != std::errc() || end != text.data() + text.size() || value < least ||
      value > most) {
    complain(field, "is not a whole number in range", fmt::format("{} to {}", least, most));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> ValueReader::boolean(const Field& field) {
  if (!is_scalar(field)) return std::nullopt;
  const bool quoted = field.node->quoted;
  if (!quoted && field.node->text == "true") return true;
  if (!quoted && field.node->text == "false") return false;
  complain(field, "is not a truth value", "true, false");
  return std::nullopt;
}

std::optional<size_t> ValueReader::choice(const Field& field,
                                          std::initializer_list<std::string_view> allowed) {
  if (!is_scalar(field)) return std::nullopt;
  const auto found = std::ranges::find(allowed, std::string_view(field.node->text));
  if (found != allowed.end()) return static_cast<size_t>(found - allowed.begin());
  complain(field, fmt::format("{} is not allowed", field.node->text),
           fmt::format("{}", fmt::join(allowed, ", ")));
  return std::nullopt;
}

std::optional<Glob> ValueReader::glob(const Field& field) {
  if (!is_scalar(field)) return std::nullopt;
  if (!field.node->quoted) {
    complain(field, "a pattern must be quoted");
    return std::nullopt;
  }
  auto glob = Glob::parse(field.node->text);
  if (!glob) complain(field, "is not a pattern", "segments with *, ** and {a,b} (docs/tools.md)");
  return glob;
}

std::optional<int64_t> ValueReader::seconds(const Field& field, int64_t least, int64_t most) {
  if (!is_scalar(field)) return std::nullopt;
  const auto duration = config::parse_duration(field.node->text);
  const int64_t value =
      duration ? std::chrono::duration_cast<base::Seconds>(*duration).count() : -1;
  if (duration && value >= least && value <= most && *duration == base::Seconds(value)) {
    return value;
  }
  complain(field, "is not a duration in range", fmt::format("{}s to {}s", least, most));
  return std::nullopt;
}

std::vector<Field> ValueReader::items(const Field& field) {
  if (field.node->kind == Kind::Scalar) return {field};
  if (field.node->kind != Kind::List) {
    complain(field, "is not a list");
    return {};
  }
  std::vector<Field> items;
  for (size_t i = 0; i < field.node->items.size(); ++i) {
    items.push_back({&field.node->items[i], fmt::format("{}[{}]", field.key, i)});
  }
  return items;
}

std::vector<Field> ValueReader::members(const Field& field) {
  if (field.node->kind != Kind::Map) {
    complain(field, "is not a map");
    return {};
  }
  std::vector<Field> members;
  for (const config::Node& child : field.node->members) members.push_back(field.member(child));
  return members;
}

Members::Members(ValueReader& reader, Field map) : reader_(reader), map_(std::move(map)) {
  if (map_.node->kind != Kind::Map) reader_.complain(map_, "is not a map");
}

std::optional<Field> Members::take(std::string_view name) {
  known_.emplace_back(name);
  const auto found = std::ranges::find(map_.node->members, name, &config::Node::key);
  if (map_.node->kind != Kind::Map || found == map_.node->members.end()) return std::nullopt;
  return map_.member(*found);
}

std::optional<Field> Members::need(std::string_view name) {
  auto found = take(name);
  if (!found && map_.node->kind == Kind::Map) {
    reader_.complain(map_, fmt::format("{} is missing", name));
  }
  return found;
}

void Members::finish() {
  for (const config::Node& child : map_.node->members) {
    if (std::ranges::find(known_, child.key) != known_.end()) continue;
    Field unknown = map_.member(child);
    reader_.complain(unknown, "is not known", fmt::format("{}", fmt::join(known_, ", ")));
  }
}

}  // namespace srasta::policy
