#include "gateway/web_pages.h"

#include "http/path.h"
#include "json/writer.h"
#include "service/web_exchange.h"

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

using service::ErrorCode;
using service::Request;

constexpr base::Seconds kWithin{30};

std::string field_of(const http::RequestHead& head, std::string_view name) {
  // Twice is as good as none: nobody could tell which one was meant.
  if (head.fields.count(name) != 1) return {};
  return std::string(head.fields.find(name).value_or(""));
}

service::WebRequest web_request_of(const Request& request, const std::string& url) {
  const http::RequestHead& head = request.exchange.head();
  const auto path = http::canonical_path(head.path);
  const std::string cookies = field_of(head, "cookie");
  return {.method = std::string(to_string(request.route->method)),
          .path = path ? path->path : std::string(),
          .query = path ? std::string(path->query) : std::string(),
          .form = request.body,
          .session = std::string(service::cookie_in(cookies, service::session_cookie(url))),
          .sign_in = std::string(service::cookie_in(cookies, service::sign_in_cookie(url))),
          .authorization = field_of(head, "authorization"),
          .client = request.client,
          .origin = field_of(head, "origin"),
          .fetch_site = field_of(head, "sec-fetch-site"),
          .issuer = url};
}

std::string fields_of(const Request& request, const service::WebAnswer& answer) {
  std::string fields = request.common_fields();
  for (const auto& [name, value] : answer.fields) fields += fmt::format("{}: {}\r\n", name, value);
  if (!answer.code.empty()) fields += fmt::format("x-srasta-error: {}\r\n", answer.code);
  return fields;
}

}  // namespace

void WebPages::bind(service::RouteTable& table, std::span<const service::RouteSpec* const> routes) {
  for (const service::RouteSpec* spec : routes) {
    table.add_public(*spec, [this](Request& request) { return serve(request); });
  }
}

net::Task<void> WebPages::serve(Request& request) {
  service::ForwardedAsk ask{.method = "POST",
                            .target = "/internal/web",
                            .content_type = "application/json",
                            .request_id = request.id.str(),
                            .trace_parent = {},
                            .within = kWithin};
  std::string body = to_json(web_request_of(request, core_.url));
  const auto reply =
      co_await client_.ask(service_, std::move(ask), std::move(body), request.exchange.scope());
  const auto answer = reply && reply->status == 200
                          ? service::parse_web_answer(reply->body)
                          : base::Result<service::WebAnswer>(base::Error{});
  if (!answer) {
    if (!reply && reply.error().code == base::Code::Cancelled) co_return;
    core_.log.warn("the sign-in did not answer", {{"rid", request.id.view()}});
    co_await service::answer_error(request, ErrorCode::ServiceUnavailable);
    co_return;
  }
  if (answer->delay_s > 0) {
    (void)co_await net::Sleep(request.exchange.scope(), base::Seconds(answer->delay_s));
  }
  const std::string fields = fields_of(request, *answer);
  (void)co_await request.exchange.respond(answer->status, fields, answer->body);
}

net::Task<WebPages::Found> WebPages::find(Request& request, std::string cookie, bool touch) {
  json::Writer writer;
  writer.begin_object().member("session", std::string_view(cookie)).member("touch", touch);
  service::ForwardedAsk ask{.method = "POST",
                            .target = "/internal/session",
                            .content_type = "application/json",
                            .request_id = request.id.str(),
                            .trace_parent = {},
                            .within = kWithin};
  auto reply = co_await client_.ask(service_, std::move(ask), writer.end_object().take(),
                                    request.exchange.scope());
  if (reply && reply->status == 404) co_return Found{};
  if (!reply || reply->status != 200) co_return Found{.unavailable = true};
  co_return Found{.unavailable = false, .json = std::move(reply->body)};
}

}  // namespace srasta::gateway
