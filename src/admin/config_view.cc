#include "admin/config_view.h"

#include "json/writer.h"

#include <map>
#include <string_view>

namespace srasta::admin {
namespace {

std::string_view name_of(config::Source source) {
  switch (source) {
    case config::Source::Default:
      return "default";
    case config::Source::File:
      return "file";
    case config::Source::Environment:
      return "environment";
  }
  return "default";
}

std::map<std::string_view, std::string_view> values_of(const config::Loaded& loaded) {
  std::map<std::string_view, std::string_view> values;
  for (const config::Setting& setting : loaded.settings) values[setting.key] = setting.value;
  return values;
}

/// `null` where a setting is not there.
void write_value(json::Writer& writer, std::string_view member,
                 const std::map<std::string_view, std::string_view>& values, std::string_view key) {
  writer.key(member);
  const auto found = values.find(key);
  found == values.end() ? writer.null() : writer.string(found->second);
}

}  // namespace

std::string config_json(const config::Loaded& loaded) {
  json::Writer writer;
  writer.begin_object().member("digest", config::config_digest(loaded));
  writer.key("settings").begin_array();
  for (const config::Setting& setting : loaded.settings) {
    writer.begin_object().member("key", std::string_view(setting.key));
    writer.member("value", std::string_view(setting.value));
    writer.member("source", name_of(setting.source));
    if (setting.line != 0) writer.member("line", int64_t{setting.line});
    if (!setting.variable.empty()) writer.member("variable", std::string_view(setting.variable));
    writer.end_object();
  }
  return writer.end_array().end_object().take();
}

Answered<std::string> compare_config(const config::Loaded& loaded, const std::string& yaml,
                                     const std::string& file,
                                     const config::Environment& environment) {
  const auto wanted = config::parse_config(yaml, file.empty() ? "srasta.yaml" : file, environment);
  if (!wanted) {
    Refusal refusal = invalid("yaml");
    refusal.param = wanted.error().message;
    return std::unexpected(std::move(refusal));
  }
  const auto before = values_of(loaded);
  const auto after = values_of(*wanted);
  auto keys = before;
  keys.insert(after.begin(), after.end());
  json::Writer writer;
  writer.begin_object().member("digest", config::config_digest(*wanted));
  writer.key("changes").begin_array();
  for (const auto& [key, value] : keys) {
    const auto now = before.find(key);
    const auto then = after.find(key);
    const bool same = now != before.end() && then != after.end() && now->second == then->second;
    if (same) continue;
    writer.begin_object().member("key", key);
    write_value(writer, "before", before, key);
    write_value(writer, "after", after, key);
    writer.end_object();
  }
  return writer.end_array().end_object().take();
}

}  // namespace srasta::admin
