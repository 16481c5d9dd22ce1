#include "cli/user.h"

#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/operator_client.h"
#include "cli/token.h"
#include "json/writer.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kUsers = "/srasta/v1/admin/users";

struct UserOptions {
  std::string* data = nullptr;
  std::string user;
  std::string tenant;
  std::string display;
  std::string issuer;
  std::string subject;
  std::vector<std::string> roles;
  bool service = false;
  bool dry_run = false;
  bool json = false;
  std::string lifetime = "1h";
  std::string config;
};

OperatorClient client_of(const UserOptions& options) {
  return OperatorClient(*options.data);
}

void print_row(json::Value row) {
  const auto disabled = row.find("disabled");
  const bool off = disabled && disabled->boolean().value_or(false);
  fmt::print("{:<15} {:<8} {:<16} {:<24} {:<9} {}\n", shown(row, "id"), shown(row, "kind"),
             shown(row, "tenant"), shown(row, "name"), off ? "disabled" : "active",
             shown(row, "effective_roles"));
}

int list(const UserOptions& options) {
  if (options.json) return print_answer(client_of(options).ask("GET", kUsers + "?limit=500"));
  fmt::print("{:<15} {:<8} {:<16} {:<24} {:<9} {}\n", "ID", "KIND", "TENANT", "NAME", "STATE",
             "ROLES");
  const auto listed = client_of(options).each(kUsers, "users", [&](json::Value row) {
    if (options.tenant.empty() || shown(row, "tenant") == options.tenant) print_row(row);
  });
  return listed ? kOk : fail_with(listed.error());
}

int add(const UserOptions& options) {
  json::Writer writer;
  writer.begin_object().member("name", std::string_view(options.user));
  writer.member("kind", options.service ? "service" : "user");
  writer.member("tenant", std::string_view(options.tenant));
  if (!options.display.empty()) writer.member("display_name", std::string_view(options.display));
  if (!options.issuer.empty()) writer.member("issuer", std::string_view(options.issuer));
  if (!options.subject.empty()) writer.member("subject", std::string_view(options.subject));
  writer.member("roles", options.roles);
  return print_answer(client_of(options).ask("POST", kUsers, writer.end_object().take()));
}

/// Asks about one user, named by id or by name.
int with_user(const UserOptions& options, std::string_view method, const std::string& behind,
              const std::string& body = {}) {
  const OperatorClient client = client_of(options);
  const auto id = client.find_user(options.user, options.tenant);
  if (!id) return fail_with(id.error());
  return print_answer(client.ask(method, kUsers + "/" + *id + behind, body));
}

int set_roles(const UserOptions& options) {
  json::Writer writer;
  writer.begin_object();
  writer.member("roles", options.roles);
  return with_user(options, "PUT", options.dry_run ? "/roles?dry_run=true" : "/roles",
                   writer.end_object().take());
}

base::Result<std::string> token_of(const UserOptions& options,
                                   const config::Environment& environment) {
  const OperatorClient client = client_of(options);
  SRASTA_TRY_ASSIGN(const std::string id, client.find_user(options.user, options.tenant));
  SRASTA_TRY_ASSIGN(const std::string answer, client.ask("GET", kUsers + "/" + id));
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  const json::Value user = document.root();
  const auto roles = user.find("effective_roles");
  if (shown(user, "issuer") != "local") {
    return base::make_error(base::Code::Invalid,
                            "tokens of this user come from " + shown(user, "issuer"));
  }
  return issue_token({.config = options.config,
                      .data = *options.data,
                      .subject = shown(user, "subject"),
                      .tenant = shown(user, "tenant"),
                      .roles = roles ? json::texts_of(*roles).value_or(std::vector<std::string>())
                                     : std::vector<std::string>(),
                      .lifetime = options.lifetime,
                      .own_roles = true},
                     environment);
}

Command verb(Command noun, const char* name, const char* description, UserOptions& options) {
  const Command command = noun.add_subcommand(name, description);
  options.data = &add_data_option(command);
  return command;
}

UserOptions& on_user(Command noun, const char* name, const char* description,
                     const std::function<int(const UserOptions&)>& act, Command* made = nullptr) {
  UserOptions& options = noun.keep(UserOptions());
  const Command command = verb(noun, name, description, options);
  command.add_option("USER", options.user, "Its id, or its name", {.required = true});
  command.add_option("--tenant", options.tenant, "Of users whose name is not the only one");
  command.set_action([&options, act] { return act(options); });
  if (made != nullptr) *made = command;
  return options;
}

void add_list(Command noun) {
  UserOptions& options = noun.keep(UserOptions());
  const Command command = verb(noun, "list", "Users and service accounts", options);
  command.add_option("--tenant", options.tenant, "Of this tenant only");
  command.add_flag("--json", options.json, "As the service answers, the first 500");
  command.set_action([&options] { return list(options); });
}

void add_add(Command noun) {
  UserOptions& options = noun.keep(UserOptions());
  options.tenant = "default";
  const Command command = verb(noun, "add", "Make a user or a service account", options);
  command.set_footer(
      "Examples:\n"
      "  srasta user add olga --role owner\n"
      "  srasta user add build-bot --service --tenant acme --role service\n"
      "  srasta user add alice --issuer https://idp.example --subject 00u1a2b3c4");
  command.add_option("NAME", options.user, "Unique in its tenant", {.required = true});
  command.add_option("--tenant", options.tenant, "Whose it is", {.show_default = true});
  command.add_option("--role", options.roles, "A role; may be repeated", {.one_value_each = true});
  command.add_option("--display-name", options.display, "For people");
  command.add_flag("--service", options.service, "A service account, not a person");
  command.add_option("--issuer", options.issuer,
                     "URL of the provider that signs it in, in place of this platform");
  command.add_option("--subject", options.subject, "As that provider's tokens name it",
                     {.needs = "--issuer"});
  command.set_action([&options] { return add(options); });
}

void add_roles(Command noun) {
  Command command = noun;
  UserOptions& options = on_user(noun, "roles", "Replace the roles of a user", set_roles, &command);
  command.set_footer(
      "Examples:\n"
      "  srasta user roles alice --role developer --role user\n"
      "  srasta user roles alice --role developer --dry-run");
  command.add_option("--role", options.roles, "A role; may be repeated; none takes all away",
                     {.one_value_each = true});
  command.add_flag("--dry-run", options.dry_run, "Show what would be, and change nothing");
}

void add_token_of(Command noun, const config::Environment& environment) {
  Command command = noun;
  UserOptions& options = on_user(
      noun, "token", "Print an access token of a user, with his roles of now",
      [&environment](const UserOptions& given) {
        return print_answer(token_of(given, environment));
      },
      &command);
  command.set_footer(
      "Signs with <data>/keys/issuer.pem, so it works for whoever may read that file.\n\n"
      "Example:\n"
      "  TOKEN=$(srasta user token alice --ttl 8h)");
  command.add_option("--ttl", options.lifetime, "How long the token is good",
                     {.show_default = true});
  command.add_option("--config", options.config,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
}

/// The link as it is opened in a browser.
base::Result<std::string> invite(const UserOptions& options) {
  const OperatorClient client = client_of(options);
  SRASTA_TRY_ASSIGN(const std::string url, load_gateway_url(data_folder(*options.data)));
  SRASTA_TRY_ASSIGN(const std::string id, client.find_user(options.user, options.tenant));
  SRASTA_TRY_ASSIGN(const std::string answer,
                    client.ask("POST", kUsers + "/" + id + "/invite", "{}"));
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  return url + shown(document.root(), "path");
}

void add_invite(Command noun) {
  Command command = noun;
  on_user(
      noun, "invite", "Print a link by which a user chooses a password",
      [](const UserOptions& options) { return print_answer(invite(options)); }, &command);
  command.set_footer(
      "The link is good once and for 24 hours, and it is shown this once. It also serves who "
      "forgot\n"
      "the password: sessions end with the new one.\n\n"
      "Example:\n"
      "  srasta user invite alice");
}

}  // namespace

void add_user(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("user", "Users and service accounts");
  noun.require_subcommand();
  add_list(noun);
  add_add(noun);
  on_user(noun, "show", "One of them",
          [](const UserOptions& options) { return with_user(options, "GET", ""); });
  on_user(noun, "disable", "Nobody is admitted as this user any more; his keys stop, too",
          [](const UserOptions& options) {
            return with_user(options, "PATCH", "", R"({"disabled":true})");
          });
  on_user(noun, "enable", "Admit a disabled user again", [](const UserOptions& options) {
    return with_user(options, "PATCH", "", R"({"disabled":false})");
  });
  add_roles(noun);
  on_user(noun, "remove", "For good: his keys are revoked, and his id is not used again",
          [](const UserOptions& options) { return with_user(options, "DELETE", ""); });
  add_token_of(noun, environment);
  add_invite(noun);
  on_user(noun, "secret", "A client secret for a service account, in place of its old one",
          [](const UserOptions& options) { return with_user(options, "POST", "/secret", "{}"); });
  on_user(noun, "sessions", "Open sessions of browsers",
          [](const UserOptions& options) { return with_user(options, "GET", "/sessions"); });
  on_user(noun, "sign-out", "End all sessions and refresh tokens",
          [](const UserOptions& options) { return with_user(options, "DELETE", "/sessions"); });
  on_user(noun, "reset-codes", "Take one-time codes away from who lost the authenticator",
          [](const UserOptions& options) { return with_user(options, "DELETE", "/totp"); });
}

}  // namespace srasta::cli
