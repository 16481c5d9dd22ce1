#include "service/web_exchange.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/document.h"
#include "json/writer.h"

#include <array>

namespace srasta::service {
namespace {

struct Member {
  std::string_view name;
  std::string WebRequest::* place;
};

constexpr auto kMembers = std::to_array<Member>({
    {"method", &WebRequest::method},
    {"path", &WebRequest::path},
    {"query", &WebRequest::query},
    {"form", &WebRequest::form},
    {"session", &WebRequest::session},
    {"sign_in", &WebRequest::sign_in},
    {"authorization", &WebRequest::authorization},
    {"client", &WebRequest::client},
    {"origin", &WebRequest::origin},
    {"fetch_site", &WebRequest::fetch_site},
    {"issuer", &WebRequest::issuer},
});

base::Error malformed() {
  return base::make_error(base::Code::Invalid, "not a request or answer of the sign-in's pages");
}

std::optional<std::string> text_in(json::Value value, std::string_view name) {
  const auto member = value.find(name);
  const auto text = member ? member->string() : std::nullopt;
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<int64_t> number_in(json::Value value, std::string_view name) {
  const auto member = value.find(name);
  return member ? member->integer() : std::nullopt;
}

bool is_field(const std::vector<std::string>& pair) {
  constexpr std::string_view kEndOfLine = "\r\n";
  return pair.size() == 2 && pair[0].find_first_of(kEndOfLine) == std::string::npos &&
         pair[1].find_first_of(kEndOfLine) == std::string::npos;
}

}  // namespace

std::string to_json(const WebRequest& request) {
  json::Writer writer;
  writer.begin_object();
  for (const Member& member : kMembers) {
    writer.member(member.name, std::string_view(request.*member.place));
  }
  return writer.end_object().take();
}

std::string to_json(const WebAnswer& answer) {
  json::Writer writer;
  writer.begin_object().member("status", int64_t{answer.status});
  writer.key("fields").begin_array();
  for (const auto& [name, value] : answer.fields) {
    writer.begin_array().string(name).string(value).end_array();
  }
  writer.end_array().member("body", std::string_view(answer.body));
  writer.member("code", std::string_view(answer.code)).member("delay_s", answer.delay_s);
  return writer.end_object().take();
}

base::Result<WebRequest> parse_web_request(std::string_view json) {
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(json));
  WebRequest request;
  for (const Member& member : kMembers) {
    auto text = text_in(document.root(), member.name);
    if (!text) return malformed();
    request.*member.place = *std::move(text);
  }
  return request;
}

base::Result<WebAnswer> parse_web_answer(std::string_view json) {
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(json));
  const json::Value root = document.root();
  const auto status = number_in(root, "status");
  const auto delay = number_in(root, "delay_s");
  auto body = text_in(root, "body");
  auto code = text_in(root, "code");
  const auto fields = root.find("fields");
  const bool whole = status && delay && body && code && fields && fields->is_array();
  if (!whole || *status < 200 || *status > 599 || *delay < 0 || *delay > 60) return malformed();
  WebAnswer answer{.status = static_cast<int>(*status),
                   .fields = {},
                   .body = *std::move(body),
                   .code = *std::move(code),
                   .delay_s = *delay};
  for (size_t i = 0; i < fields->size(); ++i) {
    auto pair = json::texts_of(fields->at(i));
    if (!pair || !is_field(*pair)) return malformed();
    answer.with(std::move((*pair)[0]), std::move((*pair)[1]));
  }
  return answer;
}

std::string_view session_cookie(std::string_view issuer) {
  return issuer.starts_with("https://") ? "__Host-srasta_session" : "srasta_session";
}

std::string_view sign_in_cookie(std::string_view issuer) {
  return issuer.starts_with("https://") ? "__Host-srasta_sign_in" : "srasta_sign_in";
}

std::string_view cookie_in(std::string_view field, std::string_view name) {
  std::string_view found;
  while (!field.empty()) {
    const size_t end = field.find(';');
    std::string_view pair = field.substr(0, end);
    field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (!found.empty()) return {};
    found = pair.substr(equals + 1);
  }
  return found;
}

std::string csrf_token(std::string_view session) {
  const auto digest = crypto::sha256_joined({"srasta-csrf:", session});
  return base::to_base64url(crypto::bytes_of(digest));
}

}  // namespace srasta::service
