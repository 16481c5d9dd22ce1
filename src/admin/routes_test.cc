#include "admin/routes.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

using service::LicenseColumn;
using service::Method;
using service::RouteSpec;

TEST(AdminRoutes, AreForPermittedCallersOnly) {
  std::set<std::string> seen;
  for (const RouteSpec* spec : all_routes()) {
    EXPECT_TRUE(spec->access.permission().has_value()) << spec->path;
    EXPECT_TRUE(spec->path.starts_with("/srasta/v1/admin/")) << spec->path;
    EXPECT_TRUE(seen.insert(std::string(to_string(spec->method)) + std::string(spec->path)).second)
        << spec->path;
  }
}

TEST(AdminRoutes, WaitForTheirRecordExactlyWhenTheyChangeSomething) {
  for (const RouteSpec* spec : all_routes()) {
    const bool changes = spec->method != Method::Get && spec->evidence.act != audit::Act::AdminRead;
    EXPECT_EQ(spec->evidence.durability == audit::Durability::Must, changes) << spec->path;
  }
}

/// A read-only license never keeps anybody from taking access away.
TEST(AdminRoutes, ThatTakeAccessAwayAreAlwaysServed) {
  for (const RouteSpec* spec : all_routes()) {
    // Who takes something out of the configuration can still edit its file.
    if (spec->method == Method::Post || spec == &route::kApplyConfig) continue;
    EXPECT_EQ(spec->license, LicenseColumn::Always) << spec->path;
  }
}

}  // namespace
}  // namespace srasta::admin
