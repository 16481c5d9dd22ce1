#include "config/reader.h"

#include "config/values.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::config {
namespace {

std::string join(const std::string& section, std::string_view name) {
  return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

bool is_wildcard(const Option& option) {
  return option.path.ends_with(".*");
}

bool holds_value(const Option& option) {
  return option.kind != Kind::Section && option.kind != Kind::Sections;
}

/// Free keys that are not plain names are quoted, so that every key path has one reading.
std::string key_text(const std::string& key) {
  if (is_alias_name(key)) return key;
  std::string out = "\"";
  base::append_json_escaped(out, key);
  return out + "\"";
}

}  // namespace

void Reader::apply_defaults(const std::string& pattern, const std::string& key) {
  for (const Option& option : options()) {
    if (!option.path.starts_with(pattern) || option.fallback.empty()) continue;
    std::string_view rest = option.path.substr(pattern.size());
    if (!pattern.empty() && !rest.starts_with('.')) continue;
    if (rest.find_first_of("[*") != std::string_view::npos) continue;
    if (rest.starts_with('.')) rest.remove_prefix(1);
    if (const auto value = convert(option, node_of_text(option, option.fallback), {})) {
      record(option, *value, {.key = join(key, rest)});
    }
  }
}

void Reader::read_section(const Node& node, const std::string& pattern, const std::string& key) {
  for (const Node& member : node.members) {
    const Option* option = find_option(join(pattern, member.key));
    if (option == nullptr) option = find_option(join(pattern, "*"));
    const std::string member_key = join(key, key_text(member.key));
    draft_.lines[member_key] = member.key_at.line;
    if (option == nullptr || member.key == "*") {
      refuse_unknown(member, pattern, member_key);
    } else {
      read_member(*option, member, member_key);
    }
  }
  require_members(pattern, key);
}

void Reader::read_member(const Option& option, const Node& node, const std::string& key) {
  if (option.kind == Kind::Section && node.kind == Node::Kind::Map) {
    read_map(option, node, key);
  } else if (option.kind == Kind::Sections && node.kind == Node::Kind::List) {
    read_list_of_maps(option, node, key);
  } else if (holds_value(option) || (!option.choices.empty() && node.kind == Node::Kind::Scalar)) {
    read_value(option, node, key);
  } else {
    complain(draft_, key, node.kind == Node::Kind::Null ? "no value" : "not what is wanted here",
             allowed_text(option));
  }
}

void Reader::read_map(const Option& option, const Node& member, const std::string& key) {
  if (is_wildcard(option)) {
    if (!is_alias_name(member.key)) {
      complain(draft_, key, "this name is not allowed",
               "1 to 128 of A-Z a-z 0-9 . _ : / -, the first a letter or digit");
    }
    option.set(draft_.config, Value{.name = member.key});
    apply_defaults(std::string(option.path), key);
  }
  read_section(member, std::string(option.path), key);
}

void Reader::read_list_of_maps(const Option& option, const Node& node, const std::string& key) {
  const std::string pattern = fmt::format("{}[]", option.path);
  for (size_t index = 0; index < node.items.size(); ++index) {
    const Node& item = node.items[index];
    const std::string item_key = fmt::format("{}[{}]", key, index);
    draft_.lines[item_key] = item.at.line;
    option.set(draft_.config, {});
    apply_defaults(pattern, item_key);
    if (item.kind == Node::Kind::Map) {
      read_section(item, pattern, item_key);
    } else {
      complain(draft_, item_key, "not a map", "a map");
    }
  }
}

void Reader::read_value(const Option& option, const Node& member, const std::string& key) {
  auto value = convert(option, member, folder_);
  if (!value) return complain(draft_, key, value.error().message, allowed_text(option));
  if (is_wildcard(option)) {
    value->name = member.key;
    if (!is_text(member.key)) return complain(draft_, key, "this name is not allowed");
  }
  record(option, *value, {.key = key, .source = Source::File, .line = member.key_at.line});
}

void Reader::read_variable(const Option& option, const std::string& variable,
                           const std::string& text) {
  const std::string key(option.path);
  const auto value = convert(option, node_of_text(option, text), {});
  draft_.settings[key] = {.key = key, .source = Source::Environment, .variable = variable};
  if (!value) return complain(draft_, key, value.error().message, allowed_text(option));
  record(option, *value, draft_.settings[key]);
  if (option.kind == Kind::Section) {
    std::erase_if(draft_.settings,
                  [&](const auto& entry) { return entry.first.starts_with(key + "."); });
  }
}

void Reader::require_members(const std::string& pattern, const std::string& key) {
  for (const Option* option : members_of(pattern)) {
    const std::string member_key = join(key, last_part(option->path));
    if (option->required && !draft_.lines.contains(member_key)) {
      complain(draft_, member_key, "missing", allowed_text(*option));
    }
  }
}

void Reader::refuse_unknown(const Node& member, const std::string& pattern,
                            const std::string& key) {
  std::vector<std::string> known;
  for (const Option* option : members_of(pattern)) known.emplace_back(last_part(option->path));
  complain(draft_, key, "unknown key" + suggestion(member.key, known),
           fmt::format("{}", fmt::join(known, ", ")));
}

void Reader::record(const Option& option, const Value& value, Setting setting) {
  option.set(draft_.config, value);
  setting.value = canonical_text(option, value);
  std::string key = setting.key;
  draft_.settings.insert_or_assign(std::move(key), std::move(setting));
}

}  // namespace srasta::config
