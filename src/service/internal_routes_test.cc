#include "service/internal_routes.h"

#include <array>

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

TEST(InternalRoutes, NeedAPermissionEach) {
  ASSERT_EQ(internal_routes().size(), 6U);
  for (const RouteSpec* route : internal_routes()) {
    EXPECT_TRUE(route->access.permission().has_value()) << route->path;
    EXPECT_TRUE(route->path.starts_with("/internal/")) << route->path;
  }
}

TEST(RouteDigest, IsEqualForEqualTablesInAnyOrder) {
  const auto routes = internal_routes();
  const std::array reversed = {routes[5], routes[4], routes[3], routes[2], routes[1], routes[0]};
  EXPECT_EQ(route_digest(routes), route_digest(reversed));
  EXPECT_EQ(route_digest(routes).size(), 64U);
}

TEST(RouteDigest, DiffersWhenOneRouteIsMissing) {
  EXPECT_NE(route_digest(internal_routes()), route_digest(internal_routes().first(5)));
}

TEST(ServiceIdentity, SaysWhatIsNotKnownYet) {
  const ServiceIdentity identity{"gateway", "1.2.3", "", "cc", "rr", 7};
  EXPECT_EQ(identity.json(),
            R"({"service":"gateway","version":"1.2.3","build_digest":null,"config_digest":"cc",)"
            R"("route_digest":"rr","policy_revision":null,"access_revision":7})");
}

}  // namespace
}  // namespace srasta::service
