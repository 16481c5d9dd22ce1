#include "service/route_table.h"

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

consteval RouteSpec get(std::string_view path) {
  return RouteSpec(Method::Get, path, Access::everybody(),
                   {audit::Act::InferenceList, audit::Durability::May}, LimitsClass::Probe,
                   BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                   dialects::Dialect::Problem, "");
}
consteval RouteSpec post(std::string_view path) {
  return RouteSpec(Method::Post, path,
                   Access::requires_permission(access::Permission::InferenceInvoke),
                   {audit::Act::InferenceRequest, audit::Durability::Should},
                   LimitsClass::Inference, BodyMode::Json, TimeoutClass::Generation,
                   LicenseColumn::Always, dialects::Dialect::OpenAi, "");
}

constexpr RouteSpec kList = get("/v1/models");
constexpr RouteSpec kOne = get("/v1/models/{model}");
constexpr RouteSpec kChat = post("/v1/chat/completions");

class RouteTableLookup : public testing::Test {
 protected:
  RouteTableLookup() {
    const auto nothing = [](Request&) -> net::Task<void> { co_return; };
    table_.add_public(kList, nothing);
    table_.add_public(kOne, nothing);
    table_.add(kChat, [](Request&, const access::Caller&) -> net::Task<void> { co_return; });
  }
  RouteTable table_;
};

TEST_F(RouteTableLookup, FindsPathsAndTheirParameter) {
  EXPECT_EQ(table_.find("GET", "/v1/models").route->spec, &kList);
  EXPECT_EQ(table_.find("HEAD", "/v1/models").route->spec, &kList);
  const auto one = table_.find("GET", "/v1/models/qwen:7b");
  ASSERT_NE(one.route, nullptr);
  EXPECT_EQ(one.parameter, "qwen:7b");
}

TEST_F(RouteTableLookup, MatchesWholeSegmentsOnly) {
  for (const char* path : {"/", "/v1", "/v1/models/", "/v1/models/a/b", "/V1/MODELS", "/v1/modelsx",
                           "/v1;x=y/models"}) {
    EXPECT_EQ(table_.find("GET", path).route, nullptr) << path;
    EXPECT_FALSE(table_.find("GET", path).path_exists) << path;
  }
}

TEST_F(RouteTableLookup, NamesTheMethodsOfAKnownPath) {
  const auto match = table_.find("DELETE", "/v1/chat/completions");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.path_exists);
  EXPECT_EQ(match.allow, "POST");
  EXPECT_EQ(table_.find("get", "/v1/models").allow, "GET, HEAD");
}

}  // namespace
}  // namespace srasta::service
