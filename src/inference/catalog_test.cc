#include "inference/catalog.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

using base::ModelName;
using base::UpstreamName;

Catalog two_servers(bool first_up) {
  return Catalog(
      {{.name = UpstreamName("a"), .reachable = first_up, .models = {ModelName("m1")}},
       {.name = UpstreamName("b"),
        .reachable = true,
        .models = {ModelName("m2"), ModelName("m1")}}},
      {{.name = ModelName("general")},
       {.name = ModelName("coding"), .routes = {{UpstreamName("a"), ModelName("qwen"), 2}}}});
}

TEST(Catalog, SendsAnOpenAliasToTheFirstModelOfTheFirstReachableServer) {
  EXPECT_EQ(two_servers(true).targets_of("general").front().model, ModelName("m1"));
  EXPECT_EQ(two_servers(false).targets_of("general").front().model, ModelName("m2"));
  EXPECT_TRUE(Catalog({}, {{.name = ModelName("general")}}).targets_of("general").empty());
}

TEST(Catalog, KeepsAConfiguredRouteWhileItsServerIsDown) {
  const auto targets = two_servers(false).targets_of("coding");
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].upstream, 0U);
  EXPECT_EQ(targets[0].model, ModelName("qwen"));
}

TEST(Catalog, FindsConcreteNamesOnEveryServer) {
  EXPECT_EQ(two_servers(true).targets_of("m1").size(), 2U);
  EXPECT_TRUE(two_servers(true).targets_of("M1").empty());
}

TEST(Catalog, ListsAliasesFirstAndEachNameOnce) {
  const auto listed = two_servers(true).list();
  ASSERT_EQ(listed.size(), 4U);
  EXPECT_EQ(listed[0].name, ModelName("general"));
  EXPECT_EQ(listed[2].name, ModelName("m1"));
  EXPECT_EQ(listed[3].owner, "b");
}

}  // namespace
TEST(Catalog, KnowsTheDefaultOfAnAlias) {
  const Catalog catalog(
      {}, {{.name = ModelName("fast"), .default_max_tokens = 70}, {.name = ModelName("general")}});
  EXPECT_EQ(catalog.default_max_tokens("fast"), 70U);
  EXPECT_EQ(catalog.default_max_tokens("general"), std::nullopt);
  EXPECT_EQ(catalog.default_max_tokens("Fast"), std::nullopt);
}

TEST(Catalog, IsSettledWhenNoServerCanHoldAnUnknownModelAnyMore) {
  struct Row {
    bool detected, asked, listed, settled;
  };
  for (const Row& row : {Row{.detected = false, .asked = false, .listed = false, .settled = false},
                         Row{.detected = false, .asked = true, .listed = false, .settled = false},
                         Row{.detected = false, .asked = true, .listed = true, .settled = true},
                         Row{.detected = true, .asked = false, .listed = false, .settled = false},
                         Row{.detected = true, .asked = true, .listed = false, .settled = true}}) {
    const Catalog catalog({{.name = UpstreamName("up"),
                            .kind = "openai",
                            .detected = row.detected,
                            .asked = row.asked,
                            .listed = row.listed}},
                          {});
    EXPECT_EQ(catalog.settled(), row.settled)
        << "detected " << row.detected << " asked " << row.asked << " listed " << row.listed;
  }
}

}  // namespace srasta::inference
