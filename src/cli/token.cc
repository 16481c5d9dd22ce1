#include "cli/token.h"

#include "access/compile.h"
#include "base/entropy.h"
#include "base/ulid.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/operator_client.h"
#include "config/values.h"
#include "identity/issuer.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

// The verifier refuses what lives longer.
constexpr auto kLongest = std::chrono::hours(24 * 366);

/// The built-in issuer's name: `public_url`, else the URL of the running gateway, else of one that
/// will run.
base::Result<std::string> issuer_url(const TokenRequest& options,
                                     const config::Environment& environment) {
  SRASTA_TRY_ASSIGN(const auto loaded,
                    config::load_config(config_file(options.config), environment));
  if (!loaded.config.public_url.empty()) return loaded.config.public_url;
  if (auto url = load_gateway_url(data_folder(options.data)); url) return url;
  if (std::string url = configured_url(loaded.config); !url.empty()) return url;
  return make_error(Code::NotFound,
                    "the gateway's URL is not known yet; start it with `srasta up`");
}

base::Result<std::vector<base::RoleName>> parse_roles(const std::vector<std::string>& names,
                                                      const access::RoleTable& known) {
  std::vector<base::RoleName> roles;
  for (const std::string& name : names) {
    if (!known.knows(base::RoleName(name))) {
      std::string allowed;
      for (const base::RoleName& each : known.names()) allowed += " " + each.str();
      return make_error(Code::Invalid,
                        fmt::format("--role: \"{}\" is unknown; allowed:{}", name, allowed));
    }
    roles.emplace_back(name);
  }
  return roles;
}

base::Result<identity::TokenGrant> parse_grant(const TokenRequest& options,
                                               const config::Environment& environment) {
  const auto lifetime = config::parse_duration(options.lifetime);
  if (!lifetime || *lifetime < std::chrono::seconds(1) || *lifetime > kLongest) {
    return make_error(Code::Invalid, fmt::format("--ttl: \"{}\" is not a lifetime; allowed: 1s to "
                                                 "8784h, units ms, s, m, h",
                                                 options.lifetime));
  }
  if (!config::is_name(options.tenant)) {
    return make_error(Code::Invalid, "--tenant: allowed: 1 to 64 of a-z 0-9 . _ -");
  }
  if (!config::is_text(options.subject) || !config::is_text(options.audience)) {
    return make_error(Code::Invalid, "--subject, --audience: allowed: text of 1 to 256 bytes");
  }
  SRASTA_TRY_ASSIGN(const auto loaded,
                    config::load_config(config_file(options.config), environment));
  std::vector<base::RoleName> roles;
  if (options.own_roles) {
    for (const std::string& role : options.roles) roles.emplace_back(role);
  } else {
    SRASTA_TRY_ASSIGN(roles, parse_roles(options.roles, access::compile_access(loaded).roles));
  }
  base::SystemEntropy entropy;
  const base::WallTime now = base::SystemClock().wall();
  return identity::TokenGrant{.subject = options.subject,
                              .audience = options.audience,
                              .tenant = base::TenantId(options.tenant),
                              .roles = std::move(roles),
                              .issued_at = now,
                              .lifetime = std::chrono::floor<base::Seconds>(*lifetime),
                              .token_id = base::make_ulid(now, entropy)};
}

void add_options(Command command, TokenRequest& options) {
  command.add_option("--config", options.config,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  command.add_option("--data", options.data,
                     "Data folder (default: /var/lib/srasta as root, else ~/.local/share/srasta)");
  command.add_option("--subject", options.subject, "Who the caller is", {.show_default = true});
  command.add_option("--tenant", options.tenant, "The caller's tenant", {.show_default = true});
  command.add_option("--role", options.roles, "A role; may be repeated", {.show_default = true});
  command.add_option("--ttl", options.lifetime, "How long the token is good",
                     {.show_default = true});
  command.add_option("--audience", options.audience, "Whom the token is for",
                     {.show_default = true});
}

}  // namespace

base::Result<std::string> issue_token(const TokenRequest& options,
                                      const config::Environment& environment) {
  SRASTA_TRY_ASSIGN(const identity::TokenGrant grant, parse_grant(options, environment));
  SRASTA_TRY_ASSIGN(std::string url, issuer_url(options, environment));
  auto pem = load_issuer_key(data_folder(options.data));
  if (!pem && pem.error().code == Code::NotFound) {
    return make_error(Code::NotFound,
                      fmt::format("{}; the first `srasta up` makes the key", pem.error().message));
  }
  if (!pem) return std::move(pem).error();
  SRASTA_TRY_ASSIGN(auto key, crypto::PrivateKey::from_pem(*pem));
  SRASTA_TRY_ASSIGN(const auto issuer, identity::Issuer::create(std::move(url), std::move(key)));
  return issuer.make_token(grant);
}

void add_token(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("token", "Access tokens of the built-in issuer");
  noun.require_subcommand();
  const Command command = noun.add_subcommand("issue", "Print a signed access token");
  command.set_footer(
      "Signs with <data>/keys/issuer.pem, so it works for whoever may read that file. The token\n"
      "alone is printed to standard output. It cannot be taken back: keep --ttl short.\n\n"
      "Examples:\n"
      "  TOKEN=$(srasta token issue --role developer --ttl 8h)\n"
      "  srasta token issue --data ./data --subject ci --role service");
  TokenRequest& options = command.keep(TokenRequest());
  add_options(command, options);
  command.set_action([&options, &environment] {
    const auto token = issue_token(options, environment);
    if (token) fmt::print("{}\n", *token);
    return token ? kOk : fail_with(token.error());
  });
  const Command rotate = noun.add_subcommand("rotate-key", "Let another key sign what people get");
  rotate.set_footer(
      "Of the tokens that people and service accounts get by signing in; those of the old key "
      "stay\n"
      "good until they expire. The key of `srasta token issue`, keys/issuer.pem, stays.");
  const std::string& data = add_data_option(rotate);
  rotate.set_action([&data] {
    return print_answer(OperatorClient(data).ask("POST", "/srasta/v1/admin/issuer/keys", "{}"));
  });
}

}  // namespace srasta::cli
