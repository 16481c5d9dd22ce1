#include "cli/admin.h"

#include "access/compile.h"
#include "access/role.h"
#include "admin/database.h"
#include "admin/input.h"
#include "admin/recover_owner.h"
#include "admin/sign_in/random_secret.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/operator_client.h"
#include "cli/operator_log.h"
#include "config/values.h"
#include "identity/host_operator.h"
#include "storage/query.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr size_t kIdCharacters = 12;

struct RecoverOptions {
  LaunchOptions launch;
  std::string name;
  std::string tenant = "default";
};

/// While the service answers it is the one that changes users.
base::Result<void> check_service_is_down(const std::string& data) {
  const auto answer = OperatorClient(data).ask("GET", "/srasta/v1/admin/tenants");
  if (!answer && answer.error().code == Code::Unavailable) return {};
  return make_error(Code::Conflict,
                    "the administration service answers; use: srasta user add NAME --role owner "
                    "--role admin; srasta user invite NAME");
}

audit::Event event_of(audit::Act act, audit::Outcome outcome, const RecoverOptions& options) {
  audit::Event event{.act = act, .outcome = outcome};
  event.data.add("object", audit::Label(std::string_view(options.name)))
      .add("tenant", audit::Label(std::string_view(options.tenant)));
  return event;
}

base::Error error_of(const admin::Refusal& refusal) {
  const service::CodeFacts& facts = service::facts_of(refusal.code);
  std::string message(facts.message);
  if (!refusal.param.empty()) message += " (" + refusal.param + ")";
  const bool store = refusal.code == service::ErrorCode::ServiceUnavailable;
  return make_error(store ? Code::Unavailable : Code::Invalid,
                    store ? refusal.detail : std::move(message));
}

/// With the rights that the operator of the host has over the service's socket.
admin::Actor host_actor() {
  admin::Actor host{.issuer = std::string(identity::kHostIssuer),
                    .subject = host_user(),
                    .roles = {base::RoleName("owner"), base::RoleName("admin")},
                    .on_host = true};
  host.permissions = access::RoleTable::built_in().permissions_of(host.roles);
  return host;
}

base::Result<void> change(const std::string& data, const config::Loaded& loaded,
                          const admin::RecoveredOwner& owner) {
  const process::ActingAs keeper(process::owner_to_act_as(data + "/admin"));
  SRASTA_TRY_ASSIGN(auto database, admin::find_database(data));
  if (!database) {
    return make_error(Code::NotFound, "there are no users yet; the first `srasta up` makes them");
  }
  const access::AccessRules declared = access::compile_access(loaded);
  const admin::Actor host = host_actor();
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, database->begin());
  service::Journal::Change seen;
  const auto recovered =
      admin::recover_owner({.database = *database,
                            .actor = host,
                            .declared = declared,
                            .now = base::unix_seconds(base::SystemClock().wall())},
                           seen, owner);
  if (!recovered) return error_of(recovered.error());
  SRASTA_TRY(sql::run(*database, "UPDATE directory SET revision = revision + 1"));
  return transaction.commit();
}

base::Result<void> recover(const RecoverOptions& options, const config::Environment& environment) {
  if (!admin::is_account_name(options.name) || !config::is_tenant_name(options.tenant)) {
    return make_error(Code::Invalid, "NAME: letters, digits and . _ @ + -; tenant: [a-z0-9-]");
  }
  const std::string data = data_folder(options.launch.data);
  SRASTA_TRY_ASSIGN(const config::Loaded loaded, load_launch_config(options.launch, environment));
  SRASTA_TRY(check_service_is_down(data));
  base::SystemEntropy entropy;
  const admin::RandomSecret link = admin::make_secret(entropy);
  const admin::RecoveredOwner owner{.tenant = options.tenant,
                                    .name = options.name,
                                    .id = "u-" + base::random_base32(entropy, kIdCharacters),
                                    .link = link.digest};
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open_as_owner(data));
  SRASTA_TRY_ASSIGN(audit::Intent intent, log->declare(event_of(audit::Act::AdminRecoverIntent,
                                                                audit::Outcome::Allow, options),
                                                       new_name()));
  const auto changed = change(data, loaded, owner);
  audit::Event end = event_of(audit::Act::AdminRecoverOutcome,
                              changed ? audit::Outcome::Ok : audit::Outcome::Error, options);
  if (!changed) end.data.add("reason", audit::Reason::Store);
  log->end(std::move(intent), end);
  SRASTA_TRY(log->close());
  SRASTA_TRY(changed);
  fmt::print(
      "start srasta up; then open this once within 24 hours, and choose a password:\n"
      "  {}/auth/setup/{}\n",
      configured_url(loaded.config), link.text.expose());
  return {};
}

}  // namespace

void add_admin(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("admin", "When nobody can administer any more");
  noun.require_subcommand();
  const Command command =
      noun.add_subcommand("recover", "Make somebody an owner while the platform is down");
  RecoverOptions& options = command.keep(RecoverOptions());
  command.add_option("NAME", options.name, "A user of the built-in issuer; made when there is none",
                     {.required = true});
  command.add_option("--tenant", options.tenant, "Whose he is", {.show_default = true});
  command.add_option("--config", options.launch.config,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  command.add_option("--data", options.launch.data,
                     "Data folder (default: /var/lib/srasta as root, else ~/.local/share/srasta)");
  command.set_footer(
      "His password, one-time codes, sessions and refresh tokens count no more; a link is printed "
      "by\n"
      "which he chooses a new password. It is on record in the stream `operator` before it "
      "happens.\n\n"
      "Example:\n"
      "  systemctl stop srasta && srasta admin recover olga && systemctl start srasta");
  command.set_action([&options, &environment] {
    const auto done = recover(options, environment);
    return done ? kOk : fail_with(done.error());
  });
}

}  // namespace srasta::cli
