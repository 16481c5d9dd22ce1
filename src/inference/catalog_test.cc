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

std::vector<Target> targets_of(const Catalog& catalog, std::string_view model) {
  const Offer* const offer = catalog.find(model);
  return offer == nullptr ? std::vector<Target>() : offer->targets;
}

TEST(Catalog, SendsAnOpenAliasToTheFirstModelOfTheFirstReachableServer) {
  EXPECT_EQ(targets_of(two_servers(true), "general").front().model, ModelName("m1"));
  EXPECT_EQ(targets_of(two_servers(false), "general").front().model, ModelName("m2"));
  EXPECT_TRUE(targets_of(Catalog({}, {{.name = ModelName("general")}}), "general").empty());
}

TEST(Catalog, SendsAnOpenAliasNowhereOutside) {
  const Catalog catalog({{.name = UpstreamName("cloud"),
                          .reachable = true,
                          .external = true,
                          .models = {ModelName("m1")}}},
                        {{.name = ModelName("general")}});
  EXPECT_TRUE(targets_of(catalog, "general").empty());
  EXPECT_EQ(targets_of(catalog, "m1").size(), 1U);
}

TEST(Catalog, KeepsAConfiguredRouteWhileItsServerIsDown) {
  const auto targets = targets_of(two_servers(false), "coding");
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].upstream, 0U);
  EXPECT_EQ(targets[0].model, ModelName("qwen"));
}

TEST(Catalog, FindsConcreteNamesOnEveryServer) {
  EXPECT_EQ(targets_of(two_servers(true), "m1").size(), 2U);
  EXPECT_EQ(two_servers(true).find("M1"), nullptr);
}

TEST(Catalog, OffersAliasesFirstAndEachNameOnce) {
  const Catalog catalog = two_servers(true);
  const auto& offers = catalog.offers();
  ASSERT_EQ(offers.size(), 4U);
  EXPECT_EQ(offers[0].name, ModelName("general"));
  EXPECT_EQ(offers[2].name, ModelName("m1"));
  EXPECT_EQ(offers[3].owner, "b");
}

TEST(Catalog, PutsFallbacksBehindTheRoutesInTheirOrder) {
  const Catalog catalog({{.name = UpstreamName("a"), .models = {ModelName("m1")}},
                         {.name = UpstreamName("b"), .models = {ModelName("m2")}}},
                        {{.name = ModelName("coding"),
                          .routes = {{UpstreamName("a"), ModelName("m1")}},
                          .fallback = {ModelName("fast"), ModelName("m2"), ModelName("nowhere")}},
                         {.name = ModelName("fast"),
                          .routes = {{UpstreamName("b"), ModelName("small"), 2}},
                          .fallback = {ModelName("coding")}}});
  const Offer& coding = *catalog.find("coding");
  ASSERT_EQ(coding.targets.size(), 3U);
  EXPECT_EQ(coding.targets[0].hop, 0U);
  EXPECT_EQ(coding.targets[1].hop, 1U);
  EXPECT_EQ(coding.targets[1].model, ModelName("small"));
  EXPECT_EQ(coding.targets[1].weight, 2U);
  EXPECT_EQ(coding.targets[2].hop, 2U);
  EXPECT_EQ(coding.targets[2].upstream, 1U);
  ASSERT_EQ(coding.hops.size(), 4U);
  EXPECT_EQ(coding.hops[1], ModelName("fast"));
}

TEST(Catalog, LetsAnAliasHideAModelOfItsName) {
  const Catalog catalog({{.name = UpstreamName("a"), .models = {ModelName("fast")}}},
                        {{.name = ModelName("fast"), .default_max_tokens = 70}});
  ASSERT_EQ(catalog.offers().size(), 1U);
  EXPECT_TRUE(catalog.find("fast")->is_alias);
  EXPECT_EQ(catalog.find("fast")->default_max_tokens, 70U);
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

}  // namespace
}  // namespace srasta::inference
