#include "evidence/routes.h"

#include "json/document.h"
#include "service/openapi.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

TEST(EvidenceRoutes, ArePublicToNobody) {
  for (const service::RouteSpec* spec : all_routes()) EXPECT_FALSE(spec->access.is_public());
}

TEST(EvidenceRoutes, AskForAPermissionUnlessTheyAreAboutTheCallersOwn) {
  std::set<std::string_view> open;
  for (const service::RouteSpec* spec : all_routes()) {
    if (!spec->access.permission()) open.insert(spec->path);
  }
  EXPECT_EQ(open, std::set<std::string_view>{"/srasta/v1/audit/receipts/{id}"});
}

TEST(EvidenceRoutes, AreDescribedWithTheirSecurity) {
  const auto document = json::Document::parse(service::write_openapi(all_routes(), "1"));
  ASSERT_TRUE(document.ok());
  const auto paths = *document->root().find("paths");
  for (const service::RouteSpec* spec : all_routes()) {
    const auto operation = paths.find(spec->path)->find("get");
    ASSERT_TRUE(operation) << spec->path;
    EXPECT_FALSE(operation->find("security")) << "without it, a credential is needed";
    EXPECT_EQ(operation->find("x-srasta-permission").has_value(),
              spec->access.permission().has_value());
  }
}

}  // namespace
}  // namespace srasta::evidence
