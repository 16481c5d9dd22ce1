#include "cli/engine_starts.h"

#include "config/engine.h"
#include "json/document.h"
#include "json/writer.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// Of a process that has none, as under some service managers.
constexpr std::string_view kUsualPath = "/usr/local/bin:/usr/bin:/bin";

std::vector<std::string> arguments_of(const config::Engine& engine) {
  const std::string host(config::kEngineHost);
  const std::string port = std::to_string(engine.port);
  std::vector<std::string> arguments;
  switch (engine.kind) {
    case config::UpstreamKind::Ollama:
      arguments = {"serve"};
      break;
    case config::UpstreamKind::Vllm:
      arguments = {"serve", engine.model, "--host", host, "--port", port};
      break;
    default:
      arguments = {"--host", host, "--port", port, "--model", engine.model};
  }
  arguments.insert(arguments.end(), engine.arguments.begin(), engine.arguments.end());
  return arguments;
}

void write(json::Writer& writer, const EngineStart& start) {
  writer.begin_object().member("name", std::string_view(start.name));
  writer.member("program", std::string_view(start.program)).member("arguments", start.arguments);
  writer.key("environment").begin_object();
  for (const auto& [name, value] : start.environment) writer.member(name, std::string_view(value));
  writer.end_object().member("user", std::string_view(start.user));
  writer.member("port", int64_t{start.port});
  writer.member("ready_within_ms", int64_t{start.ready_within.count()}).end_object();
}

std::optional<std::string> text_of(json::Value object, std::string_view key) {
  const auto member = object.find(key);
  const auto text = member ? member->string() : std::nullopt;
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<int64_t> number_of(json::Value object, std::string_view key) {
  const auto member = object.find(key);
  return member ? member->integer() : std::nullopt;
}

std::optional<EngineStart> read(json::Value object) {
  const auto name = text_of(object, "name");
  const auto program = text_of(object, "program");
  const auto user = text_of(object, "user");
  const auto port = number_of(object, "port");
  const auto within = number_of(object, "ready_within_ms");
  const auto arguments = object.find("arguments");
  const auto environment = object.find("environment");
  if (!name || !program || !user || !port || !within || !arguments || !environment) return {};
  auto texts = json::texts_of(*arguments);
  if (!texts) return {};
  EngineStart start{.name = *name,
                    .program = *program,
                    .arguments = std::move(*texts),
                    .environment = {},
                    .user = *user,
                    .port = static_cast<uint16_t>(*port),
                    .ready_within = base::Millis(*within)};
  environment->for_each_member([&](std::string_view variable, json::Value value) {
    start.environment.emplace(variable, value.string().value_or(""));
  });
  return start;
}

}  // namespace

EngineStart engine_start(const config::Engine& engine, const config::Environment& environment,
                         const std::string& home, bool as_user) {
  EngineStart start{.name = engine.name.str(),
                    .program = engine.program,
                    .arguments = arguments_of(engine),
                    .environment = {},
                    .user = as_user ? engine.user : "",
                    .port = engine.port,
                    .ready_within = engine.ready_within};
  for (const std::string& name : config::passed_variables(engine)) {
    const auto found = environment.find(name);
    if (found != environment.end()) start.environment.insert(*found);
  }
  const auto path = environment.find("PATH");
  start.environment["PATH"] = path == environment.end() ? kUsualPath : path->second;
  if (!home.empty()) start.environment["HOME"] = home;
  if (engine.kind == config::UpstreamKind::Ollama) {
    start.environment["OLLAMA_HOST"] = fmt::format("{}:{}", config::kEngineHost, engine.port);
  }
  return start;
}

void give_key(EngineStart& start, config::UpstreamKind kind, const base::Secret& key) {
  const std::string_view variable = config::key_variable_of(kind);
  if (!variable.empty()) start.environment[std::string(variable)] = key.expose();
}

base::Secret to_json(const EngineStarts& starts) {
  json::Writer writer;
  writer.begin_object().member("data_folder", std::string_view(starts.data_folder));
  writer.key("engines").begin_array();
  for (const EngineStart& start : starts.engines) write(writer, start);
  writer.end_array().end_object();
  return base::Secret(writer.take());
}

base::Result<EngineStarts> parse_engine_starts(std::string_view json) {
  SRASTA_TRY_ASSIGN(const auto document, json::Document::parse(json));
  const auto folder = text_of(document.root(), "data_folder");
  const auto engines = document.root().find("engines");
  if (!folder || !engines || !engines->is_array()) {
    return base::make_error(base::Code::Invalid, "not what a keeper of engines is told");
  }
  EngineStarts starts{.data_folder = *folder, .engines = {}};
  for (size_t i = 0; i < engines->size(); ++i) {
    auto start = read(engines->at(i));
    if (!start) return base::make_error(base::Code::Invalid, "an engine lacks a member");
    starts.engines.push_back(*std::move(start));
  }
  return starts;
}

std::string useradd_line(const std::string& user) {
  return fmt::format(
      "useradd --system --create-home --home-dir /var/lib/{0} --shell /usr/sbin/nologin {0}", user);
}

}  // namespace srasta::cli
