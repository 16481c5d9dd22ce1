#include "admin/sign_in/web_routes.h"

#include <array>

namespace srasta::admin {
namespace {

using audit::Act;
using audit::Durability;
using service::Access;
using service::BodyMode;
using service::LicenseColumn;
using service::LimitsClass;
using service::Method;
using service::RouteSpec;
using service::TimeoutClass;

consteval RouteSpec page(std::string_view path, Act act, std::string_view summary) {
  return RouteSpec(Method::Get, path, Access::everybody(), {act, Durability::Should},
                   LimitsClass::SignIn, BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                   dialects::Dialect::Problem, summary);
}

consteval RouteSpec form(std::string_view path, Act act, Durability durability,
                         std::string_view summary) {
  return RouteSpec(Method::Post, path, Access::everybody(), {act, durability}, LimitsClass::SignIn,
                   BodyMode::Form, TimeoutClass::Quick, LicenseColumn::Always,
                   dialects::Dialect::Problem, summary);
}

constexpr auto kMust = Durability::Must;
constexpr auto kShould = Durability::Should;

constexpr RouteSpec kStyle = page("/auth/style.css", Act::HttpProbe, "Style of the pages");
constexpr RouteSpec kConsole = page("/console/", Act::SessionClose, "What the console will be");
constexpr RouteSpec kLoginPage = page("/auth/login", Act::LoginFail, "Page of the sign-in");
constexpr RouteSpec kLogin = form("/auth/login", Act::LoginOk, kMust, "Sign in");
constexpr RouteSpec kExternal =
    form("/auth/external", Act::LoginFail, kShould, "Begin a sign-in at another provider");
constexpr RouteSpec kCallback(Method::Get, "/auth/callback", Access::everybody(),
                              {Act::LoginOk, kMust}, LimitsClass::SignIn, BodyMode::None,
                              TimeoutClass::Quick, LicenseColumn::Always,
                              dialects::Dialect::Problem, "Back from another provider");
constexpr RouteSpec kLogoutPage = page("/auth/logout", Act::SessionClose, "Asks before it");
constexpr RouteSpec kLogout = form("/auth/logout", Act::SessionClose, kShould, "Sign out");
constexpr RouteSpec kSession =
    page("/auth/session", Act::SessionClose, "Whose the browser's session is, and its CSRF token");
constexpr RouteSpec kAccount = page("/auth/account", Act::SessionClose, "Page of one's account");
constexpr RouteSpec kPassword =
    form("/auth/password", Act::UserPassword, kMust, "Change one's password");
constexpr RouteSpec kTotpPage = page("/auth/totp", Act::SessionClose, "Offers one-time codes");
constexpr RouteSpec kTotp = form("/auth/totp", Act::UserTotp, kMust, "Use one-time codes");
constexpr RouteSpec kSetupPage = page("/auth/setup/{link}", Act::LoginFail, "Page of a link");
constexpr RouteSpec kSetup = form("/auth/setup/{link}", Act::UserPassword, kMust,
                                  "Become the first owner, or set the password of an invitation");
constexpr RouteSpec kAuthorize =
    page("/auth/authorize", Act::LoginFail, "Authorization endpoint (RFC 6749, PKCE)");
constexpr RouteSpec kToken = form("/auth/token", Act::TokenIssue, kShould, "Token endpoint");
constexpr RouteSpec kRevoke =
    form("/auth/revoke", Act::TokenRevoke, kShould, "Revocation endpoint (RFC 7009)");

}  // namespace

std::span<const service::RouteSpec* const> web_routes() {
  static constexpr std::array kAll = {
      &kStyle,      &kConsole,   &kLoginPage, &kLogin,     &kExternal, &kCallback,
      &kLogoutPage, &kLogout,    &kSession,   &kAccount,   &kPassword, &kTotpPage,
      &kTotp,       &kSetupPage, &kSetup,     &kAuthorize, &kToken,    &kRevoke};
  return kAll;
}

}  // namespace srasta::admin
