#include "access/source_limits.h"
#include "admin/sign_in/answers.h"
#include "admin/sign_in/counted.h"
#include "admin/sign_in/credentials.h"
#include "admin/sign_in/new_password.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sign_in.h"
#include "base/encoding.h"
#include "identity/password.h"
#include "identity/totp.h"

#include <cstdlib>

// What people do with their own account.
namespace srasta::admin {
namespace {

using audit::Act;
using service::ErrorCode;
using service::Journal;
using service::WebAnswer;

constexpr int64_t kOfferSeconds = 15 * 60;
constexpr std::string_view kOfferPurpose = "totp-offer:";

Journal::Change change_of(const Account& account, std::string_view after) {
  return {.object = account.id, .tenant = account.tenant, .after = std::string(after)};
}

std::string offer_purpose(const Account& account) {
  return std::string(kOfferPurpose).append(account.id);
}

/// The key of an offer that this service made this account a while ago.
std::optional<std::string> open_offer(const crypto::SecretBox& box, std::string_view text,
                                      const Account& account, int64_t now) {
  const auto sealed = base::from_base64url(text);
  if (!sealed) return std::nullopt;
  const auto offer = box.open(*sealed, offer_purpose(account));
  if (!offer || offer->expose().size() <= identity::kTotpKeyBytes) return std::nullopt;
  const std::string_view plain = offer->expose();
  const auto made = base::parse_u64(plain.substr(identity::kTotpKeyBytes));
  if (!made || std::abs(now - static_cast<int64_t>(*made)) > kOfferSeconds) return std::nullopt;
  return std::string(plain.substr(0, identity::kTotpKeyBytes));
}

WebAnswer page_of(int status, const SignedIn& who, std::string_view cookie, bool has_totp,
                  std::string_view notice, std::string_view error = {}) {
  return account_page(status, {.name = who.account.name,
                               .csrf = service::csrf_token(cookie),
                               .has_totp = has_totp,
                               .notice = notice,
                               .error = error});
}

}  // namespace

SignIn::Answering SignIn::show_account(Asked asked) {
  const auto known = co_await anybody(asked);
  if (!known) co_return without_session(known.error(), "/auth/account");
  const SignedIn& one = *known;
  if (const auto& guest = one.session.guest) {
    const auto provider = providers_.find(guest->issuer);
    const std::string label = provider ? provider->label() : guest->issuer;
    co_return account_page(
        200,
        {.name = guest->name, .csrf = service::csrf_token(asked.web.session), .provider = label});
  }
  const auto has_totp =
      co_await on_store([id = one.account.id](const Desk& desk) -> Answered<bool> {
        SRASTA_STORE_ASSIGN(const auto credential, find_credential(desk.database, id));
        return credential && credential->totp;
      });
  if (!has_totp) co_return unavailable(has_totp.error());
  const std::string_view notice = asked.query.get("done") == "password" ? "The password is changed."
                                  : asked.query.get("done") == "totp"
                                      ? "One-time codes are asked for from now on."
                                      : "";
  co_return page_of(200, one, asked.web.session, *has_totp, notice);
}

SignIn::Answering SignIn::change_password(Asked asked) {
  auto known = co_await who(asked);
  if (!known) co_return without_session(known.error(), "/auth/account");
  SignedIn one = *std::move(known);
  if (auto foreign = refuse_foreign(asked, one)) co_return *std::move(foreign);
  auto password = new_password(asked.form, one.account.name);
  if (!password) {
    co_await asked.journal.change_refused(asked.request, visitor_of(one.account), Act::UserPassword,
                                          "unfit", change_of(one.account, "password"));
    co_return coded(page_of(422, one, asked.web.session, false, {}, password.error()),
                    ErrorCode::UnfitPassword);
  }
  const std::string user = one.account.tenant + "/" + one.account.name;
  if (auto locked = refuse_locked(asked, user)) co_return *std::move(locked);
  const Counted one_more(proving_);
  const auto credential =
      co_await on_store([id = one.account.id](const Desk& desk) -> Answered<std::string> {
        SRASTA_STORE_ASSIGN(const auto found, find_credential(desk.database, id));
        return found ? found->password : std::string();
      });
  if (!credential) co_return unavailable(credential.error());
  auto current = identity::normalised_password(asked.form.get("current"));
  const bool right = co_await verify(current ? *std::move(current) : base::Secret(), *credential);
  if (!right) {
    co_return refuse_login(asked, user, {.account = one.account, .reason = "secret"});
  }
  co_return co_await replace_password(asked, std::move(one), *std::move(password));
}

SignIn::Answering SignIn::replace_password(Asked asked, SignedIn who, base::Secret password) {
  auto phc = co_await hash(std::move(password));
  if (!phc) co_return error_page(ErrorCode::ServiceUnavailable);
  const Journal::Visitor visitor = visitor_of(who.account);
  const Journal::Change change = change_of(who.account, "password");
  auto intent =
      co_await asked.journal.may_change(asked.request, visitor, Act::UserPassword, change);
  if (!intent) co_return error_page(ErrorCode::AuditUnavailable);
  const crypto::Digest kept = digest_of_secret(asked.web.session);
  const auto stored = co_await on_store(
      [id = who.account.id, phc = *std::move(phc), kept](const Desk& desk) -> Answered<bool> {
        SRASTA_STORE(set_password(desk.database, id, phc, desk.now));
        // Whoever knew the old one is out.
        SRASTA_STORE(sign_out_everywhere(desk.database, id, desk.now, &kept));
        return true;
      });
  asked.journal.changed(asked.request, visitor, Act::UserPassword, *std::move(intent), change,
                        stored ? std::string_view() : stored.error().reason);
  if (!stored) co_return unavailable(stored.error());
  co_return redirect("/auth/account?done=password");
}

WebAnswer SignIn::offer_totp(Asked asked, const SignedIn& who) const {
  const std::string key = base::random_bytes(parts_.entropy, identity::kTotpKeyBytes);
  const std::string sealed =
      parts_.box.seal(key + std::to_string(now()), offer_purpose(who.account), parts_.entropy);
  return totp_page(200, {.csrf = service::csrf_token(asked.web.session),
                         .key = identity::totp_key_text(key),
                         .uri = identity::totp_uri(key, who.account.name),
                         .sealed = base::to_base64url(sealed)});
}

SignIn::Answering SignIn::show_totp(Asked asked) {
  const auto known = co_await who(asked);
  if (!known) co_return without_session(known.error(), "/auth/account");
  co_return offer_totp(asked, *known);
}

SignIn::Answering SignIn::set_up_totp(Asked asked) {
  auto known = co_await who(asked);
  if (!known) co_return without_session(known.error(), "/auth/account");
  SignedIn one = *std::move(known);
  if (auto foreign = refuse_foreign(asked, one)) co_return *std::move(foreign);
  auto offered = open_offer(parts_.box, asked.form.get("sealed"), one.account, now());
  if (!offered) co_return offer_totp(asked, one);
  const std::string key = *std::move(offered);
  const auto step = identity::accept_totp(key, asked.form.get("code"), now(), std::nullopt);
  if (!step) {
    co_return totp_page(422, {.csrf = service::csrf_token(asked.web.session),
                              .key = identity::totp_key_text(key),
                              .uri = identity::totp_uri(key, one.account.name),
                              .sealed = asked.form.get("sealed"),
                              .error = "That is not the code of now."});
  }
  co_return co_await keep_totp(asked, std::move(one), key, *step);
}

SignIn::Answering SignIn::keep_totp(Asked asked, SignedIn who, std::string key, int64_t step) {
  const Journal::Visitor visitor = visitor_of(who.account);
  const Journal::Change change = change_of(who.account, "totp");
  auto intent = co_await asked.journal.may_change(asked.request, visitor, Act::UserTotp, change);
  if (!intent) co_return error_page(ErrorCode::AuditUnavailable);
  const std::string sealed = parts_.box.seal(key, totp_purpose(who.account.id), parts_.entropy);
  base::wipe(key);
  const auto stored =
      co_await on_store([id = who.account.id, sealed, step](const Desk& desk) -> Answered<bool> {
        SRASTA_STORE(set_totp(desk.database, id, sealed, step));
        return true;
      });
  asked.journal.changed(asked.request, visitor, Act::UserTotp, *std::move(intent), change,
                        stored ? std::string_view() : stored.error().reason);
  if (!stored) co_return unavailable(stored.error());
  co_return redirect("/auth/account?done=totp");
}

}  // namespace srasta::admin
