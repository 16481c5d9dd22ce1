#include "access/principal.h"
#include "admin/account_changes.h"
#include "admin/input.h"
#include "admin/sign_in/answers.h"
#include "admin/sign_in/credentials.h"
#include "admin/sign_in/handoffs.h"
#include "admin/sign_in/new_password.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sign_in.h"

// One-time links: the first owner, and passwords of invited people.
namespace srasta::admin {
namespace {

using audit::Act;
using service::ErrorCode;
using service::Journal;
using service::WebAnswer;

constexpr std::string_view kRoute = "/auth/setup/{link}";
constexpr std::string_view kFirstTenant = "default";
constexpr size_t kIdCharacters = 12;

/// What a link is for: nobody's is the first owner's.
struct Meant {
  std::optional<Account> account;
};

/// NotFound: one that is wrong, used or too old.
Answered<Meant> meaning_of(const Desk& desk, const crypto::Digest& link) {
  SRASTA_STORE_ASSIGN(const std::optional<Handoff> handoff,
                      find_handoff(desk.database, link, desk.now));
  if (!handoff) return std::unexpected(not_found());
  if (handoff->account.empty()) return Meant{};
  SRASTA_STORE_ASSIGN(std::optional<Account> account,
                      find_account(desk.database, handoff->account));
  if (!account || account->disabled) return std::unexpected(not_found());
  return Meant{.account = std::move(account)};
}

crypto::Digest link_in(std::string_view path) {
  return digest_of_secret(path.substr(path.rfind('/') + 1));
}

/// Whoever holds the link of the first owner may do this one thing.
Actor holder_of_link() {
  const std::vector<base::RoleName> roles = {base::RoleName("owner"), base::RoleName("admin")};
  return {.issuer = "handoff",
          .subject = "handoff",
          .tenant = base::TenantId(std::string(kFirstTenant)),
          .roles = roles,
          .permissions = access::RoleTable::built_in().permissions_of(roles),
          .on_host = true};
}

bool is_unknown(const Refusal& refusal) {
  return refusal.code == ErrorCode::NotFound;
}

WebAnswer refuse_link() {
  return error_page(ErrorCode::HandoffInvalid);
}

}  // namespace

net::Task<Answered<std::string>> SignIn::in_force(Edit edit, Actor actor) {
  return on_pool(parts_.loop, parts_.store,
                 [this, at = now(), edit = std::move(edit), actor = std::move(actor)] {
                   Journal::Change about;
                   return parts_.registry.perform(actor, at, edit, about);
                 });
}

SignIn::Answering SignIn::show_setup(Asked asked) {
  const auto meant = co_await on_store(
      [link = link_in(asked.web.path)](const Desk& desk) { return meaning_of(desk, link); });
  if (!meant && is_unknown(meant.error())) co_return refuse_link();
  if (!meant) co_return unavailable(meant.error());
  const auto& account = meant->account;
  co_return setup_page(
      200, {.path = asked.web.path, .name = account ? std::string_view(account->name) : ""});
}

SignIn::Answering SignIn::set_up(Asked asked) {
  const crypto::Digest link = link_in(asked.web.path);
  auto meant = co_await on_store([link](const Desk& desk) { return meaning_of(desk, link); });
  if (!meant && !is_unknown(meant.error())) co_return unavailable(meant.error());
  if (!meant) {
    asked.journal.visit_refused(asked.request, {}, Act::LoginFail, {.reason = "handoff"}, kRoute);
    co_return refuse_link();
  }
  const auto& account = meant->account;
  const std::string_view name = account ? std::string_view(account->name) : asked.form.get("user");
  auto password = new_password(asked.form, name);
  const bool named = account || is_account_name(name);
  if (!password || !named) {
    WebAnswer answer = coded(
        setup_page(422,
                   {.path = asked.web.path,
                    .name = account ? name : std::string_view(),
                    .error = named ? password.error() : "Names have letters, digits and . _ @ + -",
                    .typed = asked.form.get("user")}),
        named ? ErrorCode::UnfitPassword : ErrorCode::InvalidRequest);
    answer.status = 422;  // a name that is none is a matter of meaning here
    co_return answer;
  }
  auto phc = co_await hash(*std::move(password));
  if (!phc) co_return error_page(ErrorCode::ServiceUnavailable);
  if (!account) co_return co_await make_owner(asked, link, *std::move(phc));
  co_return co_await set_first_password(asked, link, *account, *std::move(phc));
}

SignIn::Answering SignIn::make_owner(Asked asked, crypto::Digest link, std::string phc) {
  const Journal::Visitor visitor{.subject = "handoff", .kind = audit::ActorKind::System};
  const NewAccount owner{.id = "u-" + base::random_base32(parts_.entropy, kIdCharacters),
                         .tenant = std::string(kFirstTenant),
                         .issuer = std::string(access::kLocalIssuer),
                         .name = std::string(asked.form.get("user")),
                         .roles = {"owner", "admin"}};
  const Journal::Change change{.object = owner.id, .tenant = owner.tenant, .after = "owner/admin"};
  auto intent = co_await asked.journal.may_change(asked.request, visitor, Act::UserCreate, change);
  if (!intent) co_return error_page(ErrorCode::AuditUnavailable);
  const Edit edit = [=](const Desk& desk, Journal::Change& about) -> Answered<std::string> {
    SRASTA_ANSWER(meaning_of(desk, link));
    SRASTA_ANSWER_ASSIGN(std::string made, create_account(desk, about, owner));
    SRASTA_STORE(set_password(desk.database, owner.id, phc, desk.now));
    SRASTA_STORE(redeem_handoff(desk.database, link, desk.now));
    return made;
  };
  const auto made = co_await in_force(edit, holder_of_link());
  asked.journal.changed(asked.request, visitor, Act::UserCreate, *std::move(intent), change,
                        made ? std::string_view() : made.error().reason);
  if (!made && is_unknown(made.error())) co_return refuse_link();
  if (!made && made.error().code == ErrorCode::ServiceUnavailable) {
    co_return unavailable(made.error());
  }
  if (!made) co_return error_page(made.error().code);
  co_return notice_page(200, {.title = "You are the owner",
                              .text = "The link is used up. Sign in with your name and password.",
                              .next = "/auth/login",
                              .next_text = "Sign in"});
}

SignIn::Answering SignIn::set_first_password(Asked asked, crypto::Digest link, Account account,
                                             std::string phc) {
  const Journal::Visitor visitor{
      .subject = account.subject, .tenant = account.tenant, .kind = audit::ActorKind::User};
  const Journal::Change change{.object = account.id, .tenant = account.tenant, .after = "password"};
  auto intent =
      co_await asked.journal.may_change(asked.request, visitor, Act::UserPassword, change);
  if (!intent) co_return error_page(ErrorCode::AuditUnavailable);
  const auto stored = co_await on_store([=, id = account.id](const Desk& desk) -> Answered<bool> {
    SRASTA_ANSWER(meaning_of(desk, link));
    SRASTA_STORE(set_password(desk.database, id, phc, desk.now));
    SRASTA_STORE(redeem_handoff(desk.database, link, desk.now));
    SRASTA_STORE(sign_out_everywhere(desk.database, id, desk.now));
    return true;
  });
  const bool used = !stored && is_unknown(stored.error());
  const std::string_view reason = stored ? "" : used ? "handoff" : stored.error().reason;
  asked.journal.changed(asked.request, visitor, Act::UserPassword, *std::move(intent), change,
                        reason);
  if (used) co_return refuse_link();
  if (!stored) co_return unavailable(stored.error());
  co_return notice_page(200, {.title = "The password is set",
                              .text = "The link is used up. Sign in with it from now on.",
                              .next = "/auth/login",
                              .next_text = "Sign in"});
}

}  // namespace srasta::admin
