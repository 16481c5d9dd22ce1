#include "gateway/prober.h"

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

TEST(ParseModels, ReadsIdsAndLeavesOutWhatIsNoName) {
  const auto models = parse_models(
      R"({"object":"list","data":[{"id":"a"},{"id":"org/b:7b"},{"id":""},{"id":"x\ny"},{"x":1},{"id":3}]})");
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ((*models)[1].view(), "org/b:7b");
}

TEST(ParseModels, RefusesWhatIsNoList) {
  for (const char* text : {"", "[]", "{}", R"({"data":{}})", "<html>"}) {
    EXPECT_FALSE(parse_models(text)) << text;
  }
}

}  // namespace
}  // namespace srasta::gateway
