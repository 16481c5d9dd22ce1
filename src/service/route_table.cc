#include "service/route_table.h"

#include "base/check.h"

#include <algorithm>

namespace srasta::service {
namespace {

std::string_view take_segment(std::string_view& path) {
  const size_t slash = path.find('/', 1);
  const std::string_view segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  return segment;
}

/// Whether `path` has the form of `pattern`; fills the parameter.
bool matches(std::string_view pattern, std::string_view path, std::string_view& parameter) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view got = take_segment(path);
    if (wanted.starts_with("/{")) {
      if (got.size() < 2) return false;
      parameter = got.substr(1);
    } else if (wanted != got) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

bool serves(Method route, std::string_view method) {
  return to_string(route) == method || (route == Method::Get && method == "HEAD");
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Patch:
      return "PATCH";
    case Method::Delete:
      return "DELETE";
  }
  return "GET";
}

std::string_view to_string(LimitsClass limits) {
  switch (limits) {
    case LimitsClass::Probe:
      return "probe";
    case LimitsClass::Control:
      return "control";
    case LimitsClass::Inference:
      return "inference";
    case LimitsClass::SignIn:
      return "sign-in";
  }
  return "control";
}

std::string_view media_type_of(BodyMode body) {
  switch (body) {
    case BodyMode::None:
      return "";
    case BodyMode::Json:
      return "application/json";
    case BodyMode::Form:
      return "application/x-www-form-urlencoded";
    case BodyMode::Upload:
      return "multipart/form-data";
  }
  return "";
}

void RouteTable::add(const RouteSpec& spec, Handler handler) {
  SRASTA_CHECK(!spec.access.is_public() && handler, "a private route asks who calls");
  routes_.push_back({&spec, std::move(handler), nullptr});
}

void RouteTable::add_public(const RouteSpec& spec, PublicHandler handler) {
  SRASTA_CHECK(spec.access.is_public() && handler, "a public route is declared as such");
  routes_.push_back({&spec, nullptr, std::move(handler)});
}

RouteTable::Match RouteTable::find(std::string_view method, std::string_view path) const {
  Match match;
  for (const BoundRoute& route : routes_) {
    std::string_view parameter;
    if (!matches(route.spec->path, path, parameter)) continue;
    match.path_exists = true;
    if (serves(route.spec->method, method)) {
      match.route = &route;
      match.parameter = parameter;
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += to_string(route.spec->method);
    if (route.spec->method == Method::Get) match.allow += ", HEAD";
  }
  return match;
}

}  // namespace srasta::service
