#include "admin/sign_in/web_routes.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

using service::RouteSpec;

const std::set<std::string> kPublic = {
    "GET /auth/callback",  "POST /auth/external", "GET /auth/account", "GET /auth/authorize",
    "GET /auth/login",     "GET /auth/logout",    "GET /auth/session", "GET /auth/setup/{link}",
    "GET /auth/style.css", "GET /auth/totp",      "GET /console/",     "POST /auth/login",
    "POST /auth/logout",   "POST /auth/password", "POST /auth/revoke", "POST /auth/setup/{link}",
    "POST /auth/token",    "POST /auth/totp"};

TEST(WebRoutes, AreThoseListedHere) {
  std::set<std::string> found;
  for (const RouteSpec* spec : web_routes()) {
    EXPECT_TRUE(spec->access.is_public()) << spec->path;
    found.insert(std::string(to_string(spec->method)) + " " + std::string(spec->path));
  }
  EXPECT_EQ(found, kPublic);
}

TEST(WebRoutes, TakeFormsAndNothingElse) {
  for (const RouteSpec* spec : web_routes()) {
    const bool posts = spec->method == service::Method::Post;
    EXPECT_EQ(spec->body == service::BodyMode::Form, posts) << spec->path;
    EXPECT_EQ(spec->body == service::BodyMode::None, !posts) << spec->path;
    EXPECT_EQ(spec->license, service::LicenseColumn::Always) << spec->path;
  }
}

}  // namespace
}  // namespace srasta::admin
