#include "admin/sign_in/answers.h"

#include "admin/sign_in/pages.h"
#include "admin/sign_in/pending_sign_ins.h"
#include "base/encoding.h"

#include <fmt/format.h>

namespace srasta::admin {

using service::WebAnswer;
using service::WebRequest;

namespace {

std::string cookie_field(std::string_view issuer, std::string_view name, std::string_view value,
                         std::string_view same_site, std::string_view age) {
  const std::string_view secure = issuer.starts_with("https://") ? "; Secure" : "";
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite={}{}{}", name, value, same_site, secure,
                     age);
}

}  // namespace

WebAnswer coded(WebAnswer answer, service::ErrorCode code) {
  const service::CodeFacts& facts = facts_of(code);
  answer.status = facts.status;
  answer.code = facts.name;
  return answer;
}

WebAnswer error_page(service::ErrorCode code) {
  const service::CodeFacts& facts = facts_of(code);
  const std::string text = fmt::format("{} {}", facts.message, facts.hint);
  return coded(notice_page(facts.status, {.title = "Not possible", .text = text}), code);
}

bool is_from_own_page(const WebRequest& web) {
  if (!web.fetch_site.empty()) return web.fetch_site == "same-origin";
  return web.origin.empty() || web.origin == web.issuer;
}

service::Journal::Visitor visitor_of(const Account& account) {
  return {.subject = account.subject,
          .tenant = account.tenant,
          .kind = account.machine ? audit::ActorKind::Service : audit::ActorKind::User};
}

bool has_csrf_token(const WebRequest& web, const Form& form) {
  return !web.session.empty() &&
         base::equal_constant_time(service::csrf_token(web.session), form.get("csrf"));
}

std::string session_field(std::string_view issuer, std::string_view value) {
  const std::string_view ended = value.empty() ? "; Max-Age=0" : "";
  return cookie_field(issuer, service::session_cookie(issuer), value, "Strict", ended);
}

std::string sign_in_field(std::string_view issuer, std::string_view value) {
  // Another site leads back here: Strict would keep the cookie away.
  const base::Seconds kept = PendingSignIns::Settings().lifetime;
  const std::string age = fmt::format("; Max-Age={}", value.empty() ? 0 : kept.count());
  return cookie_field(issuer, service::sign_in_cookie(issuer), value, "Lax", age);
}

WebAnswer to_login(std::string_view path) {
  return redirect("/auth/login?return_to=" + query_encoded(path));
}

}  // namespace srasta::admin
