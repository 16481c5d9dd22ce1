#pragma once

#include "admin/accounts.h"
#include "admin/refusal.h"
#include "admin/sign_in/form.h"
#include "service/code.h"
#include "service/journal.h"
#include "service/web_exchange.h"

#include <string>
#include <string_view>

// Private to the sign-in: answers that several pages give.
namespace srasta::admin {

/// `answer` as a refusal with that code.
[[nodiscard]] service::WebAnswer coded(service::WebAnswer answer, service::ErrorCode code);
/// A page that says what the code says, with its status.
[[nodiscard]] service::WebAnswer error_page(service::ErrorCode code);

/// Whether a form was sent by a page of this platform, as far as the browser tells: other sites
/// could sign somebody in as somebody else. Programs, which tell nothing, act for themselves.
[[nodiscard]] bool is_from_own_page(const service::WebRequest& web);
/// Whose doing a record is about.
[[nodiscard]] service::Journal::Visitor visitor_of(const Account& account);

/// Whether a form repeats what only this session's pages know.
[[nodiscard]] bool has_csrf_token(const service::WebRequest& web, const Form& form);

/// Whether a refusal says that there is no session.
[[nodiscard]] inline bool is_nobody(const Refusal& refusal) {
  return refusal.code == service::ErrorCode::SessionExpired;
}

/// The field Set-Cookie for a session; an empty value removes it.
[[nodiscard]] std::string session_field(std::string_view issuer, std::string_view value);

/// The same for a sign-in that is under way at a provider, from where the browser comes back.
[[nodiscard]] std::string sign_in_field(std::string_view issuer, std::string_view value);

/// To the page of the sign-in, and from there back to `path`.
[[nodiscard]] service::WebAnswer to_login(std::string_view path);

}  // namespace srasta::admin
