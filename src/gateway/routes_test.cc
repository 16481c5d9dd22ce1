#include "gateway/routes.h"

#include "json/document.h"
#include "service/openapi.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

/// The whole list of what may be called without a credential. Adding to it is a security decision.
const std::set<std::string_view> kPublic = {"/healthz",
                                            "/readyz",
                                            "/readyz/inference",
                                            "/openapi.json",
                                            "/.well-known/openid-configuration",
                                            "/.well-known/oauth-authorization-server",
                                            "/.well-known/jwks.json",
                                            "/.well-known/oauth-protected-resource",
                                            "/.well-known/oauth-protected-resource/mcp"};

TEST(Routes, ArePublicOnlyWhenListedHere) {
  std::set<std::string_view> found;
  for (const service::RouteSpec* route : all_routes()) {
    if (route->access.is_public()) found.insert(route->path);
  }
  EXPECT_EQ(found, kPublic);
}

TEST(Routes, AreEachUnique) {
  std::set<std::string> seen;
  for (const service::RouteSpec* route : all_routes()) {
    EXPECT_TRUE(
        seen.insert(std::string(to_string(route->method)) + " " + std::string(route->path)).second);
  }
}

TEST(OpenApi, DescribesEveryRouteWithItsPermission) {
  const auto document = json::Document::parse(service::write_openapi(all_routes(), "1"));
  ASSERT_TRUE(document.ok());
  const auto paths = *document->root().find("paths");
  for (const service::RouteSpec* route : all_routes()) {
    const auto operation =
        paths.find(route->path)->find(route->method == service::Method::Get ? "get" : "post");
    ASSERT_TRUE(operation) << route->path;
    EXPECT_EQ(operation->find("x-srasta-permission").has_value(),
              route->access.permission().has_value());
  }
}

}  // namespace
}  // namespace srasta::gateway
