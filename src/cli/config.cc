#include "cli/config.h"

#include "cli/config_revisions.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "config/explain.h"
#include "config/operator_file.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using config::Environment;

constexpr uint64_t kLargestPem = 1 << 20;

struct NamedFile {
  std::string key;
  std::string path;
  bool secret = false;
};

std::vector<NamedFile> named_files(const config::Config& config) {
  std::vector<NamedFile> files = {{"tls.cert_file", config.tls.cert_file},
                                  {"tls.key_file", config.tls.key_file, true}};
  for (size_t index = 0; index < config.issuers.size(); ++index) {
    files.push_back(
        {fmt::format("identity.issuers[{}].ca_file", index), config.issuers[index].ca_file});
    files.push_back({fmt::format("identity.issuers[{}].sign_in.client_secret_file", index),
                     config.issuers[index].sign_in.client_secret_file, true});
  }
  for (size_t index = 0; index < config.clients.size(); ++index) {
    files.push_back({fmt::format("identity.clients[{}].secret_file", index),
                     config.clients[index].secret_file, true});
  }
  for (size_t index = 0; index < config.inference.upstreams.size(); ++index) {
    const config::Upstream& upstream = config.inference.upstreams[index];
    const std::string key = fmt::format("inference.upstreams[{}]", index);
    files.push_back({key + ".key_file", upstream.key_file, true});
    files.push_back({key + ".ca_file", upstream.ca_file});
  }
  std::erase_if(files, [](const NamedFile& file) { return file.path.empty(); });
  return files;
}

std::string place_of(const config::Loaded& loaded, const std::string& file,
                     const std::string& key) {
  for (const config::Setting& setting : loaded.settings) {
    if (setting.key == key && setting.line != 0) return fmt::format("{}:{}", file, setting.line);
  }
  return file;
}

int check(const std::string& file, const Environment& environment) {
  const auto loaded = config::load_config(file, environment);
  if (!loaded) {
    print_error(loaded.error());
    return kUsage;
  }
  const std::vector<base::Error> unreadable = unreadable_files(*loaded, file);
  for (const base::Error& error : unreadable) print_error(error);
  if (!unreadable.empty()) return kUsage;
  fmt::print("{}: ok, digest {}\n", file, config::config_digest(*loaded));
  return kOk;
}

int explain(const std::string& key, const std::string& given, const Environment& environment) {
  const auto loaded = config::load_config(config_file(given), environment);
  if (!loaded) {
    print_error(loaded.error());
    return kUsage;
  }
  if (key.empty()) {
    fmt::print("{}", config::explain_all(*loaded));
    return kOk;
  }
  const auto text = config::explain_key(*loaded, key);
  if (!text) {
    print_error(text.error());
    return kUsage;
  }
  fmt::print("{}", *text);
  return kOk;
}

void add_schema(Command config) {
  const Command command = config.add_subcommand("schema", "Print every option");
  bool& markdown = command.keep(false);
  command.add_flag("--markdown", markdown, "As the page docs/configuration.md");
  command.set_action([&markdown] {
    fmt::print("{}", markdown ? config::schema_markdown() : config::schema_text());
    return kOk;
  });
}

void add_check(Command config, const Environment& environment) {
  const Command command = config.add_subcommand(
      "check", "Report every problem of a configuration file, and of the files it names");
  std::string& file = command.keep(std::string());
  command.add_option("FILE", file, "Configuration file", {.required = true});
  command.set_footer(
      "Exit code 0: good. 2: refused, one line per problem.\n\n"
      "Example:\n  srasta config check /etc/srasta/srasta.yaml");
  command.set_action([&file, &environment] { return check(file, environment); });
}

void add_explain(Command config, const Environment& environment) {
  const Command command =
      config.add_subcommand("explain", "Show what is in force and where each value comes from");
  std::string& key = command.keep(std::string());
  std::string& file = command.keep(std::string());
  command.add_option("KEY", key, "One option, e.g. inference.timeouts.idle");
  command.add_option("--config", file,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  command.set_footer("Example:\n  srasta config explain listen");
  command.set_action([&key, &file, &environment] { return explain(key, file, environment); });
}

}  // namespace

std::vector<base::Error> unreadable_files(const config::Loaded& loaded, const std::string& file) {
  std::vector<base::Error> problems;
  for (const NamedFile& named : named_files(loaded.config)) {
    base::Result<void> outcome;
    if (named.secret) {
      if (auto secret = config::read_secret_file(named.path); !secret) outcome = secret.error();
    } else if (auto text = config::read_operator_file(named.path, kLargestPem); !text) {
      outcome = text.error();
    }
    if (outcome) continue;
    base::Error problem = outcome.error();
    problem.message =
        fmt::format("{}: {}: {}", place_of(loaded, file, named.key), named.key, problem.message);
    problems.push_back(std::move(problem));
  }
  return problems;
}

void add_config(Command root, const Environment& environment) {
  const Command command =
      root.add_subcommand("config", "Check, explain and change the configuration");
  command.require_subcommand();
  add_schema(command);
  add_check(command, environment);
  add_explain(command, environment);
  add_config_revisions(command);
}

}  // namespace srasta::cli
