#include "gateway/plan.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

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

/// Text is copied and shown without anybody noticing.
template <typename Credential>
concept IsText = std::is_convertible_v<Credential, std::string_view>;
static_assert(!IsText<decltype(*std::declval<UpstreamSpec>().authorization)>);

TEST(Plan, HoldsAnEnginesCredentialOnce) {
  const std::string key = testing::TempDir() + "/engine-" + std::to_string(::getpid());
  std::ofstream(key) << "sk-of-the-engine\n";
  ASSERT_EQ(::chmod(key.c_str(), 0600), 0);
  const auto loaded = config::parse_config(
      "inference:\n  upstreams:\n    - { name: a, kind: openai, url: \"http://127.0.0.1:1\", "
      "key_file: " +
          key + " }\n",
      "FILE", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;

  const auto plan = make_plan(*loaded, nullptr);
  ASSERT_TRUE(plan.ok());
  const UpstreamSpec& spec = (*plan)->upstreams.front();
  EXPECT_EQ(spec.credential(), "Authorization: Bearer sk-of-the-engine\r\n");
  const UpstreamSpec of_another_core = spec;
  EXPECT_EQ(of_another_core.credential().data(), spec.credential().data());
  EXPECT_TRUE(spec.same_server(of_another_core));
  std::filesystem::remove(key);
}

TEST(Plan, CountsOnWhatAnEngineHasInHandOverAReload) {
  const auto plan_of = [](const std::string& port, const std::string& most, const Plan* before) {
    const auto loaded = config::parse_config(
        "inference:\n  upstreams:\n    - { name: a, kind: openai, url: \"http://127.0.0.1:" + port +
            "\", concurrency: " + most + " }\n",
        "FILE", {});
    return *make_plan(*loaded, before);
  };
  const auto first = plan_of("1", "2", nullptr);
  const UpstreamSpec of_another_core = first->upstreams.front();
  first->set_engines();
  ASSERT_TRUE(of_another_core.engine->enter());

  const auto same = plan_of("1", "1", first.get());
  const UpstreamSpec& spec = same->upstreams.front();
  same->set_engines();
  EXPECT_FALSE(spec.engine->enter());
  of_another_core.engine->leave();
  EXPECT_TRUE(spec.engine->enter());

  const auto elsewhere = plan_of("2", "1", same.get());
  elsewhere->set_engines();
  EXPECT_TRUE(elsewhere->upstreams.front().engine->enter());
}

TEST(Plan, RefusesATlsKeyThatOthersMayRead) {
  const std::string folder = testing::TempDir() + "/plan-" + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  const std::string key = folder + "/key.pem";
  std::ofstream(key) << "a key\n";
  const auto loaded = config::parse_config(
      "tls: { cert_file: " + folder + "/none.pem, key_file: " + key + " }\n", "FILE", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;

  for (const mode_t mode : {0644U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod(key.c_str(), mode), 0);
    const auto refused = make_plan(*loaded, nullptr);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::Code::Denied);
    EXPECT_TRUE(refused.error().message.starts_with("tls.key_file: " + key + " has mode"))
        << refused.error().message;
  }
  // Now it is the certificate that is missing.
  ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
  EXPECT_EQ(make_plan(*loaded, nullptr).error().code, base::Code::Invalid);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace srasta::gateway
