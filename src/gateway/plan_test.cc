#include "gateway/plan.h"

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

config::Config parsed(const std::string& text) {
  return config::parse_config(text, "FILE", {})->config;
}

TEST(Reload, ChangesWhatDoesNotNeedANewListener) {
  const config::Config running = parsed("");
  EXPECT_TRUE(check_reloadable(running, parsed("tenants: [acme]\nlog: { level: debug }\n")).ok());
}

TEST(Reload, NamesEveryFixedKeyThatChanged) {
  const auto checked =
      check_reloadable(parsed(""), parsed("listen: 127.0.0.1:9\ndrain: 1s\ntenants: [acme]\n"));
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().message,
            "listen: cannot change while the gateway runs; restart to change it\n"
            "drain: cannot change while the gateway runs; restart to change it");
}

TEST(Plan, RefusesAKeyFileThatCannotBeRead) {
  const auto loaded = config::parse_config(
      "inference:\n  upstreams:\n    - { name: a, kind: openai, url: \"http://127.0.0.1:1\", "
      "key_file: /nowhere/key }\n",
      "FILE", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_FALSE(make_plan(*loaded, nullptr).ok());
}

}  // namespace
}  // namespace srasta::gateway
