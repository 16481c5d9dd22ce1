#include "access/principal.h"
#include "admin/account_changes.h"
#include "admin/admin_core.h"
#include "admin/config_revisions.h"
#include "admin/config_view.h"
#include "admin/export.h"
#include "admin/groups.h"
#include "admin/input.h"
#include "admin/keys.h"
#include "admin/roles.h"
#include "admin/routes.h"
#include "admin/sign_in/account_access.h"
#include "admin/sign_in/handoffs.h"
#include "admin/sign_in/issuer_keys.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sessions.h"
#include "admin/tenants.h"
#include "base/encoding.h"
#include "config/values.h"
#include "http/path.h"
#include "http/query.h"
#include "identity/api_key.h"
#include "identity/token.h"

#include <memory>

#include <fmt/format.h>

namespace srasta::admin {
namespace {

using service::Request;

constexpr size_t kIdCharacters = 12;
constexpr size_t kFolderCharacters = 26;
constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kMostRows = 500;
constexpr int64_t kUsualDays = 90;
constexpr int64_t kMostDays = 366;
const std::string kSetupPath = "/auth/setup/";

bool is_short(std::string_view text) {
  return !text.empty() && text.size() <= 256 && config::is_text(text);
}
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= identity::kMaxTokenBytes;
}
bool is_kind(std::string_view text) {
  return text == "user" || text == "service";
}

/// The parameters of a list; the name of the first that is not taken.
struct Page {
  std::string tenant;
  std::string after;
  int64_t limit = 100;
};
std::expected<Page, std::string> page_of(const Request& request, bool takes_tenant) {
  const auto path = http::canonical_path(request.exchange.head().path);
  const auto query = path ? http::parse_query(path->query) : std::nullopt;
  if (!query) return std::unexpected(std::string());
  Page page;
  for (const auto& [name, value] : *query) {
    if (name == "after" && value.size() <= 64) {
      page.after = value;
    } else if (name == "tenant" && takes_tenant && config::is_tenant_name(value)) {
      page.tenant = value;
    } else if (const auto number = base::parse_u64(value);
               name == "limit" && number && *number > 0 && *number <= kMostRows) {
      page.limit = static_cast<int64_t>(*number);
    } else {
      return std::unexpected(name);
    }
  }
  return page;
}

/// The answer to whoever made a secret: all that he may know of it, and the secret itself, which is
/// of characters that JSON takes as they are.
std::string with_secret(const std::string& answer, std::string_view member,
                        std::string_view secret) {
  std::string text = answer;
  text.pop_back();  // the closing brace
  return fmt::format(R"({},"{}":"{}"}})", text, member, secret);
}

}  // namespace

void AdminCore::bind(service::RouteTable& table, service::Journal& journal) {
  using Caller = access::Caller;
  const auto asks = [&](const service::RouteSpec& spec, auto make_question) {
    table.add(spec, [this, &journal, make_question](Request& request, const Caller& caller) {
      return answer({request, caller, journal}, make_question(request.path_parameter));
    });
  };
  const auto changes = [&](const service::RouteSpec& spec, auto make_edit) {
    table.add(spec, [this, &journal, make_edit](Request& request, const Caller& caller) {
      return change({request, caller, journal}, make_edit(request.path_parameter), {});
    });
  };
  const auto serves = [&](const service::RouteSpec& spec, auto handler) {
    table.add(spec, [this, &journal, handler](Request& request, const Caller& caller) {
      return (this->*handler)(Served{request, caller, journal});
    });
  };
  asks(route::kTenants, [](const std::string&) -> Question { return list_tenants; });
  asks(route::kGroups, [](const std::string&) -> Question { return list_groups; });
  asks(route::kRoles, [](const std::string&) -> Question { return list_roles; });
  asks(route::kExport, [](const std::string&) -> Question { return export_all; });
  asks(route::kUser, [](const std::string& id) -> Question {
    return [id](const Desk& desk) { return show_account(desk, id); };
  });
  asks(route::kGroup, [](const std::string& id) -> Question {
    return [id](const Desk& desk) { return show_group(desk, id); };
  });
  asks(route::kKey, [](const std::string& id) -> Question {
    return [id](const Desk& desk) { return show_key(desk, id); };
  });
  changes(route::kDeleteUser, [](const std::string& id) -> Edit {
    return [id](const Desk& desk, auto& about) { return delete_account(desk, about, id); };
  });
  asks(route::kSessions, [](const std::string& id) -> Question {
    return [id](const Desk& desk) { return list_sessions(desk, id); };
  });
  changes(route::kSignOut, [](const std::string& id) -> Edit {
    return [id](const Desk& desk, auto& about) { return sign_out(desk, about, id); };
  });
  changes(route::kRemoveTotp, [](const std::string& id) -> Edit {
    return [id](const Desk& desk, auto& about) { return take_totp_away(desk, about, id); };
  });
  changes(route::kDeleteGroup, [](const std::string& id) -> Edit {
    return [id](const Desk& desk, auto& about) { return delete_group(desk, about, id); };
  });
  changes(route::kDeleteRole, [](const std::string& name) -> Edit {
    return [name](const Desk& desk, auto& about) { return delete_role(desk, about, name); };
  });
  changes(route::kRevokeKey, [](const std::string& id) -> Edit {
    return [id](const Desk& desk, auto& about) { return revoke_key(desk, about, id); };
  });
  serves(route::kUsers, &AdminCore::list_users);
  serves(route::kKeys, &AdminCore::list_keys);
  serves(route::kCreateTenant, &AdminCore::create_tenant);
  serves(route::kChangeTenant, &AdminCore::change_tenant);
  serves(route::kCreateUser, &AdminCore::create_user);
  serves(route::kChangeUser, &AdminCore::change_user);
  serves(route::kSetRoles, &AdminCore::set_user_roles);
  serves(route::kCreateGroup, &AdminCore::create_group);
  serves(route::kSetGroup, &AdminCore::set_group);
  serves(route::kDefineRole, &AdminCore::define_role);
  serves(route::kCreateKey, &AdminCore::create_key);
  serves(route::kInvite, &AdminCore::invite_user);
  serves(route::kSetSecret, &AdminCore::give_client_secret);
  serves(route::kRotateKey, &AdminCore::rotate_key);
  asks(route::kConfig, [this](const std::string&) -> Question {
    return [this](const Desk&) -> Answered<std::string> {
      return config_json(parts_.registry.loaded());
    };
  });
  asks(route::kRevisions, [](const std::string&) -> Question { return list_revisions; });
  asks(route::kRevision, [](const std::string& number) -> Question {
    return [number](const Desk& desk) { return show_revision(desk, number); };
  });
  serves(route::kCheckConfig, &AdminCore::check_config);
  serves(route::kApplyConfig, &AdminCore::apply_config);
  serves(route::kRevertConfig, &AdminCore::revert_config);
  serves(route::kLicense, &AdminCore::show_license);
  serves(route::kInstallLicense, &AdminCore::install_license);
  serves(route::kRemoveLicense, &AdminCore::remove_license);
  serves(route::kAcceptClock, &AdminCore::accept_clock);
}

net::Task<void> AdminCore::list_users(Served served) {
  const auto page = page_of(served.request, true);
  if (!page) {
    co_await refuse_parameter(served, page.error());
    co_return;
  }
  const AccountList wanted{.tenant = page->tenant, .after = page->after, .limit = page->limit};
  co_await answer(served, [wanted](const Desk& desk) { return list_accounts(desk, wanted); });
}

net::Task<void> AdminCore::list_keys(Served served) {
  const auto page = page_of(served.request, false);
  if (!page) {
    co_await refuse_parameter(served, page.error());
    co_return;
  }
  const KeyList wanted{.after = page->after, .limit = page->limit};
  co_await answer(served, [wanted](const Desk& desk) { return admin::list_keys(desk, wanted); });
}

net::Task<void> AdminCore::create_tenant(Served served) {
  Input input(served.request.body, {"name"});
  const NewTenant tenant{.name = input.text("name", config::is_tenant_name),
                         .folder = base::random_base32(parts_.entropy, kFolderCharacters)};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(
      served,
      [tenant](const Desk& desk, auto& about) { return admin::create_tenant(desk, about, tenant); },
      {.status = 201});
}

net::Task<void> AdminCore::change_tenant(Served served) {
  Input input(served.request.body, {"suspended"});
  const auto suspended = input.optional_flag("suspended");
  if (input.refusal() || !suspended) {
    co_await refuse_input(served, input.refusal().value_or(invalid("suspended")));
    co_return;
  }
  co_await change(
      served,
      [name = served.request.path_parameter, suspended = *suspended](
          const Desk& desk, auto& about) { return suspend_tenant(desk, about, name, suspended); },
      {});
}

net::Task<void> AdminCore::create_user(Served served) {
  Input input(served.request.body,
              {"kind", "tenant", "issuer", "subject", "name", "display_name", "roles"});
  NewAccount account{
      .id = "u-" + base::random_base32(parts_.entropy, kIdCharacters),
      .machine = input.text_or("kind", is_kind, "user") == "service",
      .tenant = input.text_or("tenant", config::is_tenant_name, served.caller.tenant().str()),
      .issuer = input.text_or("issuer", is_short, std::string(access::kLocalIssuer)),
      .subject = input.text_or("subject", is_short, ""),
      .name = input.text("name", is_account_name),
      .display = input.text_or("display_name", is_short, ""),
      .roles = {}};
  if (auto roles = input.optional_texts("roles", config::is_name))
    account.roles = *std::move(roles);
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(
      served,
      [account](const Desk& desk, auto& about) { return create_account(desk, about, account); },
      {.status = 201});
}

net::Task<void> AdminCore::change_user(Served served) {
  Input input(served.request.body, {"disabled", "name", "display_name"});
  const AccountPatch patch{.disabled = input.optional_flag("disabled"),
                           .name = input.optional_text("name", is_account_name),
                           .display = input.optional_text("display_name", is_short)};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(served,
                  [id = served.request.path_parameter, patch](const Desk& desk, auto& about) {
                    return change_account(desk, about, id, patch);
                  },
                  {});
}

net::Task<void> AdminCore::set_user_roles(Served served) {
  Input input(served.request.body, {"roles"});
  const std::vector<std::string> roles = input.texts("roles", config::is_name);
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(served,
                  [id = served.request.path_parameter, roles](const Desk& desk, auto& about) {
                    return set_roles(desk, about, id, roles);
                  },
                  {});
}

net::Task<void> AdminCore::create_group(Served served) {
  Input input(served.request.body, {"tenant", "name", "roles"});
  NewGroup group{
      .id = "g-" + base::random_base32(parts_.entropy, kIdCharacters),
      .tenant = input.text_or("tenant", config::is_tenant_name, served.caller.tenant().str()),
      .name = input.text("name", config::is_name),
      .roles = input.texts("roles", config::is_name)};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(
      served,
      [group](const Desk& desk, auto& about) { return admin::create_group(desk, about, group); },
      {.status = 201});
}

net::Task<void> AdminCore::set_group(Served served) {
  Input input(served.request.body, {"roles", "members"});
  const GroupContent content{.roles = input.texts("roles", config::is_name),
                             .members = input.texts("members", config::is_name)};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(served,
                  [id = served.request.path_parameter, content](const Desk& desk, auto& about) {
                    return admin::set_group(desk, about, id, content);
                  },
                  {});
}

net::Task<void> AdminCore::define_role(Served served) {
  Input input(served.request.body, {"permissions"});
  const RoleDefinition definition{.name = served.request.path_parameter,
                                  .grants = input.texts("permissions", is_short)};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(served,
                  [definition](const Desk& desk, auto& about) {
                    return admin::define_role(desk, about, definition);
                  },
                  {});
}

net::Task<void> AdminCore::create_key(Served served) {
  Input input(served.request.body,
              {"owner", "label", "roles", "models", "personas", "networks", "expires_in_days"});
  const auto made =
      std::make_shared<const identity::NewApiKey>(identity::make_api_key(parts_.entropy));
  const int64_t days = input.integer_or("expires_in_days", 1, kMostDays, kUsualDays);
  NewKey key{.id = made->id,
             .secret = made->digest,
             .owner = input.text_or("owner", config::is_name, ""),
             .label = input.text_or("label", is_short, ""),
             .roles = input.texts("roles", is_short),
             .models = input.optional_texts("models", is_short),
             .personas = {},
             .networks = {},
             .expires = base::unix_seconds(parts_.clock.wall()) + days * kDay};
  if (auto personas = input.optional_texts("personas", is_short)) key.personas = *personas;
  if (auto networks = input.optional_texts("networks", is_short)) key.networks = *networks;
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(
      served, [key](const Desk& desk, auto& about) { return admin::create_key(desk, about, key); },
      {.status = 201, .shown = [made](const std::string& answer) {
         return with_secret(answer, "key", made->text.expose());
       }});
}

net::Task<void> AdminCore::invite_user(Served served) {
  const Input input(served.request.body, {});
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  const auto link = std::make_shared<const RandomSecret>(make_secret(parts_.entropy));
  co_await change(served,
                  [id = served.request.path_parameter, link](const Desk& desk, auto& about) {
                    return invite(desk, about, id, link->digest);
                  },
                  {.status = 201, .shown = [link](const std::string& answer) {
                     return with_secret(answer, "path",
                                        kSetupPath + std::string(link->text.expose()));
                   }});
}

net::Task<void> AdminCore::give_client_secret(Served served) {
  const Input input(served.request.body, {});
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  const auto secret = std::make_shared<const RandomSecret>(make_secret(parts_.entropy));
  co_await change(served,
                  [id = served.request.path_parameter, secret](const Desk& desk, auto& about) {
                    return give_secret(desk, about, id, secret->digest);
                  },
                  {.status = 201, .shown = [secret](const std::string& answer) {
                     return with_secret(answer, "client_secret", secret->text.expose());
                   }});
}

net::Task<void> AdminCore::rotate_key(Served served) {
  const Input input(served.request.body, {});
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  const auto made = make_issuer_key(parts_.box, parts_.entropy);
  if (!made) {
    co_await refuse(served, store_refusal(made.error()));
    co_return;
  }
  co_await change(
      served,
      [key = *made](const Desk& desk, auto& about) { return rotate_issuer_key(desk, about, key); },
      {.status = 201});
}

net::Task<void> AdminCore::show_license(Served served) {
  co_await answer(served, [this](const Desk& desk) -> Answered<std::string> {
    SRASTA_STORE_ASSIGN(
        const LicenseState state,
        license_state(desk.database, parts_.registry.licensing(), desk.now, uptime()));
    return license_json(state);
  });
}

net::Task<void> AdminCore::install_license(Served served) {
  Input input(served.request.body, {"license"});
  const std::string text = input.text("license", is_token);
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change(served,
                  [this, text](const Desk& desk, auto& about) {
                    return admin::install_license(desk, about, parts_.registry.licensing(), text);
                  },
                  {});
  co_await note_license();
}

net::Task<void> AdminCore::remove_license(Served served) {
  co_await change(
      served, [](const Desk& desk, auto& about) { return admin::remove_license(desk, about); }, {});
  co_await note_license();
}

net::Task<void> AdminCore::accept_clock(Served served) {
  Input input(served.request.body, {"accept"});
  const auto accepted = input.optional_flag("accept");
  if (input.refusal() || accepted != true) {
    co_await refuse_input(served, input.refusal().value_or(invalid("accept")));
    co_return;
  }
  co_await change(
      served, [](const Desk& desk, auto& about) { return admin::accept_clock(desk, about); }, {});
  co_await note_license();
}

}  // namespace srasta::admin
