#include "service/openapi.h"

#include "base/encoding.h"
#include "json/writer.h"

#include <map>
#include <vector>

namespace srasta::service {
namespace {

void write_parameter(json::Writer& writer, std::string_view path) {
  const size_t open = path.find('{');
  if (open == std::string_view::npos) return;
  const std::string_view name = path.substr(open + 1, path.find('}') - open - 1);
  writer.key("parameters").begin_array().begin_object();
  writer.member("name", name).member("in", "path").member("required", true);
  writer.key("schema").begin_object().member("type", "string").end_object();
  writer.end_object().end_array();
}

void write_responses(json::Writer& writer, const RouteSpec& route) {
  writer.key("responses").begin_object();
  writer.key("200").begin_object().member("description", "OK").end_object();
  writer.key("default").begin_object();
  writer.member("description", "An error; the code is in the body and in x-srasta-error");
  writer.key("content")
      .begin_object()
      .key(dialects::error_content_type(route.dialect))
      .begin_object();
  writer.end_object().end_object().end_object().end_object();
}

void write_operation(json::Writer& writer, const RouteSpec& route) {
  writer.key(base::to_lower(to_string(route.method))).begin_object();
  writer.member("summary", route.summary);
  writer.member("x-srasta-audit-act", audit::to_string(route.evidence.act));
  writer.member("x-srasta-limits", to_string(route.limits));
  if (const auto permission = route.access.permission()) {
    writer.member("x-srasta-permission", access::to_string(*permission));
    if (const auto other = route.access.alternative()) {
      writer.member("x-srasta-permission-alternative", access::to_string(*other));
    }
  } else if (route.access.is_public()) {
    writer.key("security").begin_array().end_array();
  }
  write_parameter(writer, route.path);
  if (route.body != BodyMode::None) {
    writer.key("requestBody").begin_object().member("required", true).key("content").begin_object();
    writer.key(media_type_of(route.body)).begin_object().key("schema").begin_object();
    writer.member("type", "object").end_object().end_object().end_object().end_object();
  }
  write_responses(writer, route);
  writer.end_object();
}

}  // namespace

std::string write_openapi(std::span<const RouteSpec* const> routes, std::string_view version) {
  std::map<std::string_view, std::vector<const RouteSpec*>> by_path;
  for (const RouteSpec* route : routes) by_path[route->path].push_back(route);
  json::Writer writer;
  writer.begin_object().member("openapi", "3.1.0");
  writer.key("info")
      .begin_object()
      .member("title", "Srasta")
      .member("version", version)
      .end_object();
  writer.key("components").begin_object().key("securitySchemes").begin_object();
  writer.key("bearer")
      .begin_object()
      .member("type", "http")
      .member("scheme", "bearer")
      .end_object();
  writer.end_object().end_object();
  writer.key("security").begin_array().begin_object().key("bearer").begin_array().end_array();
  writer.end_object().end_array();
  writer.key("paths").begin_object();
  for (const auto& [path, operations] : by_path) {
    writer.key(path).begin_object();
    for (const RouteSpec* route : operations) write_operation(writer, *route);
    writer.end_object();
  }
  writer.end_object().end_object();
  return writer.take();
}

}  // namespace srasta::service
