#include "admin/config_view.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

config::Loaded loaded(std::string_view yaml, const config::Environment& environment = {}) {
  return *config::parse_config(yaml, "/etc/srasta/srasta.yaml", environment);
}

json::Document document(const std::string& json) {
  auto parsed = json::Document::parse(json);
  EXPECT_TRUE(parsed.ok()) << json;
  return *std::move(parsed);
}

TEST(ConfigView, ShowsEverySettingWithItsPlace) {
  const auto now = loaded("drain: 5s\n", {{"SRASTA_LOG__LEVEL", "debug"}});
  const json::Document shown = document(config_json(now));
  EXPECT_EQ(shown.root().find("digest")->string(), config::config_digest(now));
  const auto settings = shown.root().find("settings");
  ASSERT_EQ(settings->size(), now.settings.size());
  size_t found = 0;
  for (size_t i = 0; i < settings->size(); ++i) {
    const json::Value one = settings->at(i);
    const auto key = one.find("key")->string();
    if (key == "drain") {
      EXPECT_EQ(one.find("value")->string(), "5s");
      EXPECT_EQ(one.find("source")->string(), "file");
      EXPECT_EQ(one.find("line")->integer(), 1);
      ++found;
    } else if (key == "log.level") {
      EXPECT_EQ(one.find("source")->string(), "environment");
      EXPECT_EQ(one.find("variable")->string(), "SRASTA_LOG__LEVEL");
      ++found;
    }
  }
  EXPECT_EQ(found, 2U);
}

TEST(ConfigView, TellsWhatAnotherTextWouldChange) {
  const auto now = loaded("drain: 5s\ntenants: [default, acme]\n");
  const std::string compared = changes_json(now, loaded("drain: 5000ms\ntenants: [default]\n"));
  const json::Document shown = document(compared);
  ASSERT_EQ(shown.root().find("changes")->size(), 1U) << compared;
  EXPECT_EQ(shown.root().pointer("/changes/0/key")->string(), "tenants");
  EXPECT_EQ(shown.root().pointer("/changes/0/after")->string(), R"(["default"])");
}

TEST(ConfigView, TellsOfSettingsThatComeAndGo) {
  const auto now =
      loaded("identity: { clients: [{ id: a, redirect_uris: [https://a.test/cb] }] }\n");
  const std::string compared = changes_json(now, loaded(""));
  const json::Document shown = document(compared);
  EXPECT_GE(shown.root().find("changes")->size(), 2U) << compared;
  EXPECT_TRUE(shown.root().pointer("/changes/0/after")->is_null());
}

TEST(ConfigView, TellsWhoMayMakeAChange) {
  const std::string compared = changes_json(
      loaded(""),
      loaded("drain: 1s\ntenants: [acme]\nlicense: { trusted_keys: [/etc/vendor.pub] }\n"));
  const json::Document shown = document(compared);
  EXPECT_EQ(shown.root().pointer("/restart/0")->string(), "drain");
  EXPECT_EQ(shown.root().pointer("/host_only/0")->string(), "license.trusted_keys");
  EXPECT_EQ(shown.root().find("owner_only")->size(), 1U) << compared;
}

TEST(ConfigView, SaysWhatIsWrong) {
  const auto compared = read_config("lissten: x\n", "/etc/srasta/srasta.yaml", {});
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().code, service::ErrorCode::InvalidRequest);
  EXPECT_NE(compared.error().param.find("did you mean \"listen\"?"), std::string::npos);
}

}  // namespace
}  // namespace srasta::admin
