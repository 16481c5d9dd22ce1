#include "admin/config_view.h"

#include "config/changes.h"
#include "json/writer.h"

#include <string_view>
#include <vector>

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

/// `null` where a setting is not there.
void write_value(json::Writer& writer, std::string_view member, const std::string* value) {
  writer.key(member);
  value == nullptr ? writer.null() : writer.string(*value);
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

Answered<config::Loaded> read_config(const std::string& yaml, const std::string& file,
                                     const config::Environment& environment) {
  auto wanted = config::parse_config(yaml, file.empty() ? "srasta.yaml" : file, environment);
  if (wanted) return *std::move(wanted);
  Refusal refusal = invalid("yaml");
  refusal.param = wanted.error().message;
  return std::unexpected(std::move(refusal));
}

std::string changes_json(const config::Loaded& running, const config::Loaded& wanted) {
  json::Writer writer;
  writer.begin_object().member("digest", config::config_digest(wanted));
  writer.key("changes").begin_array();
  for (const config::Difference& each : config::differences(running, wanted)) {
    writer.begin_object().member("key", each.key);
    write_value(writer, "before", each.before);
    write_value(writer, "after", each.after);
    writer.end_object();
  }
  writer.end_array();
  writer.member("restart", config::fixed_while_running(running.config, wanted.config));
  writer.member("host_only", config::set_on_the_host_only(running.config, wanted.config));
  writer.member("owner_only", config::of_owners_only(running, wanted));
  return writer.end_object().take();
}

}  // namespace srasta::admin
