#include "cli/access.h"

#include "access/explain.h"
#include "access/permission_names.h"
#include "admin/access_publisher.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/operator_client.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

base::Error before_first_start(base::Error error) {
  if (error.code == Code::NotFound) error.message += "; the first `srasta up` makes it";
  return error;
}

base::Result<admin::Published> put_in_force(const LaunchOptions& options,
                                            const config::Environment& environment) {
  if (config_file(options.config).empty()) {
    return make_error(Code::Invalid,
                      "--config: name the configuration file; without one the built-in defaults "
                      "would be put in force");
  }
  SRASTA_TRY_ASSIGN(const config::Loaded loaded, load_launch_config(options, environment));
  const std::string data = data_folder(options.data);
  const auto key = load_access_key(data);
  if (!key) return before_first_start(key.error());
  auto published = admin::publish_access(data, loaded, *key);
  if (!published) return before_first_start(published.error());
  return published;
}

base::Result<std::shared_ptr<const access::AccessSnapshot>> in_force(const std::string& data) {
  const auto key = load_access_key(data_folder(data));
  if (!key) return before_first_start(key.error());
  auto snapshot = admin::load_access(data_folder(data), *key);
  if (!snapshot) return before_first_start(snapshot.error());
  return snapshot;
}

std::string joined(const std::vector<base::RoleName>& roles) {
  std::string text;
  for (const base::RoleName& role : roles) text += (text.empty() ? "" : ", ") + role.str();
  return text;
}

void show(const access::AccessSnapshot& snapshot) {
  fmt::print("revision  {}\nepoch     {}\nsource    {}\ndirectory {}\nusers     {}\nkeys      {}\n",
             snapshot.revision(), snapshot.epoch(),
             base::to_hex(crypto::bytes_of(snapshot.source())), snapshot.directory(),
             snapshot.users(), snapshot.keys());
  for (const base::RoleName& role : snapshot.roles().names()) {
    fmt::print("role {}:", role.view());
    for (const std::string& name : names_of(snapshot.roles().permissions_of(role))) {
      fmt::print(" {}", name);
    }
    const auto models = snapshot.models_of({role});
    fmt::print("; models: {}\n", models ? fmt::format("{}", fmt::join(*models, " ")) : "all");
  }
}

struct ExplainOptions {
  std::string data;
  std::string issuer = "local";
  std::string subject;
  std::string tenant = "default";
  std::vector<std::string> roles;
  std::vector<std::string> personas;
  std::vector<std::string> scopes;
  std::string acting;
  std::string persona;
  std::string key;
  std::string action;
  std::string object;
};

base::Result<access::Question> question_of(const ExplainOptions& options) {
  const auto action = access::parse_permission(options.action);
  if (!action) {
    return make_error(
        Code::Invalid,
        fmt::format("--action: \"{}\" is no permission; see docs/access.md", options.action));
  }
  if (options.key.empty() && options.roles.empty()) {
    return make_error(Code::Invalid,
                      "--role: the roles in the caller's token are needed, or --key");
  }
  access::Question question{.issuer = options.issuer,
                            .subject = options.subject,
                            .tenant = base::TenantId(options.tenant),
                            .personas = options.personas,
                            .persona = options.persona,
                            .key_id = options.key,
                            .now = base::unix_seconds(base::SystemClock().wall()),
                            .action = *action};
  for (const std::string& role : options.roles) question.roles.emplace_back(role);
  for (const std::string& scope : options.scopes) {
    if (scope.starts_with(access::kScopePrefix)) continue;
    return make_error(Code::Invalid,
                      fmt::format("--scope: \"{}\" means nothing here; scopes begin with {}", scope,
                                  access::kScopePrefix));
  }
  question.scopes = access::parse_scopes(options.scopes);
  if (!options.acting.empty()) question.delegates = {{options.issuer, options.acting}};
  constexpr std::string_view kModel = "model:";
  if (options.object.starts_with(kModel)) {
    question.model = options.object.substr(kModel.size());
  } else if (!options.object.empty()) {
    return make_error(Code::Invalid, "--object: allowed: model:NAME");
  }
  return question;
}

int explain_it(const ExplainOptions& options) {
  const auto question = question_of(options);
  if (!question) return fail_with(question.error());
  const auto snapshot = in_force(options.data);
  if (!snapshot) return fail_with(snapshot.error());
  const access::Explanation answer = access::explain(**snapshot, *question);
  fmt::print("{}\nrule     {}\nroles    {}\nrevision {}\n", answer.allowed ? "allow" : "deny",
             answer.rule, answer.roles.empty() ? "-" : joined(answer.roles), answer.revision);
  if (!answer.allowed) fmt::print("reason   {}\n", answer.reason);
  return kOk;
}

void add_apply(Command noun, const config::Environment& environment) {
  const Command command =
      noun.add_subcommand("apply", "Put the access rules of the configuration in force");
  command.set_footer(
      "Compiles `access` and `tenants` into <data>/access/snapshot. A running gateway takes it "
      "over\n"
      "within a second and ends the streams of whoever lost the right to them. `srasta up` does "
      "the\n"
      "same when it starts and on SIGHUP.\n\n"
      "Example:\n"
      "  srasta access apply --data ./data --config srasta.yaml");
  const LaunchOptions& options = add_launch_options(command);
  command.set_action([&options, &environment] {
    const auto published = put_in_force(options, environment);
    if (published) {
      fmt::print("revision {}{}\n", published->revision,
                 published->changed ? "" : " (in force already)");
    }
    return published ? kOk : fail_with(published.error());
  });
}

void add_show(Command noun) {
  const Command command = noun.add_subcommand("show", "Show the access rules in force");
  std::string& data = command.keep(std::string());
  command.add_option("--data", data, "Data folder");
  command.set_action([&data] {
    const auto snapshot = in_force(data);
    if (snapshot) show(**snapshot);
    return snapshot ? kOk : fail_with(snapshot.error());
  });
}

void add_explain(Command noun) {
  const Command command =
      noun.add_subcommand("explain", "Say whether somebody may do something, and why");
  command.set_footer(
      "Decides by the rules in force exactly as a request is decided.\n\n"
      "Examples:\n"
      "  srasta access explain --as u-admin --role admin --action inference.invoke\n"
      "  srasta access explain --as u-1 --role user --action inference.invoke --object model:fast\n"
      "  srasta access explain --as u-1 --role user --scope 'srasta:inference.*' --action "
      "rag.read\n"
      "  srasta access explain --key abcdefgh2345 --action inference.embed");
  ExplainOptions& options = command.keep(ExplainOptions());
  command.add_option("--data", options.data, "Data folder");
  command.add_option("--as", options.subject, "Subject of the caller's token");
  command.add_option("--issuer", options.issuer, "Issuer of the token; `local`: the built-in one",
                     {.show_default = true});
  command.add_option("--tenant", options.tenant, "The caller's tenant", {.show_default = true});
  command.add_option("--role", options.roles, "A role in the token; may be repeated");
  command.add_option("--persona", options.personas, "A persona in the token; may be repeated");
  command.add_option("--scope", options.scopes,
                     "A scope in the token, as srasta:inference.invoke; may be repeated");
  command.add_option("--act", options.acting, "Who acts for the caller, of the same issuer");
  command.add_option("--choose", options.persona, "The persona that the request chooses");
  command.add_option("--key", options.key, "Id of an API key, in place of a token");
  command.add_option("--action", options.action, "A permission, as inference.invoke",
                     {.required = true});
  command.add_option("--object", options.object, "What it is done with: model:NAME");
  command.set_action([&options] { return explain_it(options); });
}

}  // namespace

void add_access(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("access", "Who may do what");
  noun.require_subcommand();
  add_apply(noun, environment);
  add_show(noun);
  add_explain(noun);
  const Command exporting =
      noun.add_subcommand("export", "Tenants, users, groups, roles and keys, without secrets");
  const std::string& data = add_data_option(exporting);
  exporting.set_action(
      [&data] { return print_answer(OperatorClient(data).ask("GET", "/srasta/v1/admin/export")); });
}

}  // namespace srasta::cli
