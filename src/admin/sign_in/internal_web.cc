#include "admin/sign_in/internal_web.h"

#include "json/document.h"

namespace srasta::admin {
namespace {

using audit::Act;
using audit::Durability;
using service::Access;
using service::BodyMode;
using service::ErrorCode;
using service::Request;
using service::RouteSpec;

consteval RouteSpec internal(std::string_view path, Act act, std::string_view summary) {
  return RouteSpec(service::Method::Post, path, Access::every_caller(), {act, Durability::Should},
                   service::LimitsClass::Control, BodyMode::Json, service::TimeoutClass::Quick,
                   service::LicenseColumn::Always, dialects::Dialect::Problem, summary);
}

constexpr RouteSpec kWeb = internal("/internal/web", Act::LoginOk, "A page of the sign-in");
constexpr RouteSpec kSession =
    internal("/internal/session", Act::SessionClose, "Whom a session's cookie stands for");

/// Users come through the gateway, too, but they cannot say what a browser said.
bool is_gateway(const access::Caller& caller) {
  return caller.subject() == "svc:gateway" && caller.kind() == access::CallerKind::Service;
}

net::Task<void> refuse(Request& request, const access::Caller& caller, service::Journal& journal) {
  co_await journal.refused(request, &caller, Act::AuthzDeny, "permission");
  co_await service::answer_error(request, ErrorCode::PermissionDenied);
}

net::Task<void> answer_web(Request& request, const access::Caller& caller,
                           service::Journal& journal, SignIn& sign_in) {
  auto web = service::parse_web_request(request.body);
  if (!is_gateway(caller) || !web) {
    co_await refuse(request, caller, journal);
    co_return;
  }
  const service::WebAnswer answer = co_await sign_in.answer(request, journal, *std::move(web));
  const std::string body = to_json(answer);
  co_await service::answer_json(request, body);
}

net::Task<void> answer_session(Request& request, const access::Caller& caller,
                               service::Journal& journal, SignIn& sign_in) {
  const auto document = json::Document::parse(request.body);
  const auto cookie = document ? document->root().find("session") : std::nullopt;
  const auto touch = document ? document->root().find("touch") : std::nullopt;
  const auto value = cookie ? cookie->string() : std::nullopt;
  const auto touched = touch ? touch->boolean() : std::nullopt;
  if (!is_gateway(caller) || !value || !touched) {
    co_await refuse(request, caller, journal);
    co_return;
  }
  const SignIn::Principal principal =
      co_await sign_in.principal_of(request, journal, std::string(*value), *touched);
  if (principal.unavailable) {
    co_await service::answer_error(request, ErrorCode::ServiceUnavailable);
  } else if (principal.json.empty()) {
    co_await service::answer_error(request, ErrorCode::NotFound);
  } else {
    co_await service::answer_json(request, principal.json);
  }
}

}  // namespace

void bind_sign_in(service::RouteTable& table, service::Journal& journal, SignIn& sign_in) {
  table.add(kWeb, [&](Request& request, const access::Caller& caller) {
    return answer_web(request, caller, journal, sign_in);
  });
  table.add(kSession, [&](Request& request, const access::Caller& caller) {
    return answer_session(request, caller, journal, sign_in);
  });
}

}  // namespace srasta::admin
