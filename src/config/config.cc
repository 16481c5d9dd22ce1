#include "config/config.h"

#include "base/check.h"
#include "base/encoding.h"
#include "config/draft.h"
#include "config/operator_file.h"
#include "config/reader.h"
#include "crypto/hash.h"

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr uint64_t kLargestFile = 1 << 20;

bool is_foreign(std::string_view variable) {
  return variable.starts_with("SRASTA_FD_") || variable.starts_with("SRASTA_SERVICE_") ||
         variable.starts_with("SRASTA_PORT");
}

void read_environment(Reader& reader, Draft& draft, const Environment& environment) {
  std::map<std::string, const Option*> known;
  std::vector<std::string> names;
  for (const Option& option : options()) {
    const std::string name = variable_of(option);
    if (name.empty()) continue;
    known.emplace(name, &option);
    names.push_back(name);
  }
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with("SRASTA_") || is_foreign(variable)) continue;
    const auto found = known.find(variable);
    if (found != known.end()) {
      reader.read_variable(*found->second, variable, text);
    } else {
      draft.problems.push_back({0, variable, "unknown variable" + suggestion(variable, names),
                                "what `srasta config schema` lists"});
    }
  }
}

std::string problem_text(const Draft& draft, std::string_view file, const Problem& problem) {
  std::string text(file);
  const auto setting = draft.settings.find(problem.key);
  if (problem.line != 0) {
    text += fmt::format(":{}", problem.line);
  } else if (problem.key.starts_with("SRASTA_")) {
    text = "environment";
  } else if (setting != draft.settings.end() && !setting->second.variable.empty()) {
    text = setting->second.variable;
  }
  if (!problem.key.empty()) text += ": " + problem.key;
  text += ": " + problem.what;
  if (!problem.allowed.empty()) text += "; allowed: " + problem.allowed;
  return text;
}

base::Error refusal(const Draft& draft, std::string_view file) {
  std::multimap<unsigned, const Problem*> by_line;
  for (const Problem& problem : draft.problems) {
    by_line.emplace(problem.line == 0 ? ~0U : problem.line, &problem);
  }
  std::string message;
  for (const auto& [line, problem] : by_line) {
    if (!message.empty()) message += '\n';
    message += problem_text(draft, file, *problem);
  }
  return base::make_error(base::Code::Invalid, std::move(message));
}

std::string folder_of(std::string_view file) {
  const size_t slash = file.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(file.substr(0, slash));
}

}  // namespace

std::string_view to_string(IdentityPreset preset) {
  switch (preset) {
    case IdentityPreset::Generic:
      return "generic";
    case IdentityPreset::Zitadel:
      return "zitadel";
    case IdentityPreset::Keycloak:
      return "keycloak";
    case IdentityPreset::Entra:
      return "entra";
    case IdentityPreset::Okta:
      return "okta";
    case IdentityPreset::Auth0:
      return "auth0";
  }
  return "generic";
}

std::string_view to_string(UpstreamKind kind) {
  switch (kind) {
    case UpstreamKind::Vllm:
      return "vllm";
    case UpstreamKind::Ollama:
      return "ollama";
    case UpstreamKind::LlamaCpp:
      return "llamacpp";
    case UpstreamKind::OpenAi:
      return "openai";
    case UpstreamKind::Anthropic:
      return "anthropic";
  }
  return "openai";
}

void complain(Draft& draft, const std::string& key, std::string what, std::string allowed) {
  Problem problem{0, key, std::move(what), std::move(allowed)};
  const auto setting = draft.settings.find(key);
  const bool locked =
      setting != draft.settings.end() && setting->second.source == Source::Environment;
  for (std::string place = key; !locked && !place.empty();) {
    if (const auto line = draft.lines.find(place); line != draft.lines.end()) {
      problem.line = line->second;
      break;
    }
    const size_t cut = place.find_last_of(".[");
    place.resize(cut == std::string::npos ? 0 : cut);
  }
  draft.problems.push_back(std::move(problem));
}

base::Result<Loaded> parse_config(std::string_view bytes, std::string_view file,
                                  const Environment& environment) {
  Draft draft;
  Document document = parse_document(bytes);
  draft.problems = std::move(document.problems);
  if (document.root.kind == Node::Kind::Null && !draft.problems.empty()) {
    return refusal(draft, file);
  }
  Reader reader(draft, folder_of(file));
  reader.apply_defaults({}, {});
  reader.read_section(document.root, {}, {});
  read_environment(reader, draft, environment);
  check_rules(draft);
  if (!draft.problems.empty()) return refusal(draft, file);
  Loaded loaded{.config = std::move(draft.config), .settings = {}};
  for (auto& [key, setting] : draft.settings) loaded.settings.push_back(std::move(setting));
  return loaded;
}

base::Result<Loaded> load_config(const std::string& file, const Environment& environment) {
  if (file.empty()) return parse_config({}, "built-in defaults", environment);
  SRASTA_TRY_ASSIGN(const std::string bytes, read_operator_file(file, kLargestFile));
  return parse_config(bytes, file, environment);
}

Config default_config() {
  auto loaded = parse_config({}, "built-in defaults", {});
  SRASTA_CHECK(loaded.ok(), "the defaults of the option table are valid");
  return std::move(loaded->config);
}

std::string config_digest(const Loaded& loaded) {
  crypto::Sha256 hash;
  for (const Setting& setting : loaded.settings) {
    hash.update(setting.key);
    hash.update(" = ");
    hash.update(setting.value);
    hash.update("\n");
  }
  return base::to_hex(crypto::bytes_of(hash.finish()));
}

}  // namespace srasta::config
