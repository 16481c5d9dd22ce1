#include "config/changes.h"

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

using Keys = std::vector<std::string>;

Loaded parsed(const std::string& text) {
  auto loaded = parse_config(text, "/etc/srasta/srasta.yaml", {});
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
  return std::move(*loaded);
}

Keys on_the_host(const std::string& running, const std::string& wanted) {
  return set_on_the_host_only(parsed(running).config, parsed(wanted).config);
}

std::string upstream(const std::string& name, const std::string& url, const std::string& key) {
  return "    - { name: " + name + ", kind: openai, url: \"" + url + "\"" +
         (key.empty() ? "" : ", key_file: " + key) + " }\n";
}

const std::string kUpstreams = "inference:\n  upstreams:\n";

TEST(FixedWhileRunning, NamesWhatNeedsAStart) {
  const Loaded running = parsed("");
  EXPECT_EQ(fixed_while_running(running.config, parsed("log: { level: debug }\n").config), Keys());
  EXPECT_EQ(fixed_while_running(running.config,
                                parsed("listen: 127.0.0.1:9\ndrain: 1s\ntenants: [acme]\n").config),
            (Keys{"listen", "drain"}));
}

TEST(SetOnTheHostOnly, LetsEnginesWithoutSecretsComeAndGo) {
  const std::string with = kUpstreams + upstream("a", "http://127.0.0.1:1", "");
  EXPECT_EQ(on_the_host("", with), Keys());
  EXPECT_EQ(on_the_host(with, ""), Keys());
}

TEST(SetOnTheHostOnly, HasWhereTracesGo) {
  const std::string here = "telemetry: { otlp: { endpoint: \"http://127.0.0.1:4318\" } }\n";
  EXPECT_EQ(on_the_host("", here), Keys{"telemetry"});
  EXPECT_EQ(on_the_host(here, ""), Keys{"telemetry"});
  EXPECT_EQ(on_the_host(here, here), Keys());
}

TEST(SetOnTheHostOnly, HasTheProgramsThatAreStarted) {
  const std::string engine =
      "inference:\n  engines:\n    - { name: a, kind: ollama, program: /opt/ollama, port: ";
  EXPECT_EQ(on_the_host("", engine + "9001 }\n"), Keys{"inference.engines"});
  EXPECT_EQ(on_the_host(engine + "9001 }\n", ""), Keys{"inference.engines"});
  EXPECT_EQ(on_the_host(engine + "9001 }\n", engine + "9002 }\n"), Keys{"inference.engines"});
  EXPECT_EQ(on_the_host(engine + "9001 }\n", engine + "9001 }\ndrain: 1s\n"), Keys());
}

TEST(SetOnTheHostOnly, SendsASecretNowhereElse) {
  const std::string key = "/etc/srasta/engine.key";
  const std::string running = kUpstreams + upstream("a", "https://engine.test", key);
  EXPECT_EQ(on_the_host("", running), Keys{"inference.upstreams[0]"});
  EXPECT_EQ(on_the_host(running, kUpstreams + upstream("a", "https://elsewhere.test", key)),
            Keys{"inference.upstreams[0]"});
  EXPECT_EQ(on_the_host(running,
                        kUpstreams + upstream("a", "https://engine.test", "/etc/srasta/other.key")),
            Keys{"inference.upstreams[0]"});
}

TEST(SetOnTheHostOnly, KeepsWhatWasThereInAnyOrder) {
  const std::string kept = upstream("a", "https://engine.test", "/etc/srasta/engine.key");
  const std::string more = upstream("b", "http://127.0.0.1:1", "");
  EXPECT_EQ(on_the_host(kUpstreams + kept, kUpstreams + more + kept), Keys());
  EXPECT_EQ(on_the_host(kUpstreams + more + kept, kUpstreams + kept), Keys());
}

TEST(SetOnTheHostOnly, HasTheSinksOfTheLogAndItsTrust) {
  EXPECT_EQ(
      on_the_host("", "audit:\n  sinks:\n    - { name: a, url: \"syslog+tls://logs.test\" }\n"),
      Keys{"audit.sinks"});
  EXPECT_EQ(on_the_host("license: { trusted_keys: [/etc/srasta/vendor.pub] }\n", ""),
            Keys{"license.trusted_keys"});
}

TEST(SetOnTheHostOnly, HasWhereTheSecretOfASignInGoes) {
  const auto issuer = [](const std::string& client) {
    return "tenants: [acme]\nidentity:\n  issuers:\n    - url: https://idp.test\n      audiences: "
           "[a]\n"
           "      tenant: { fixed: acme }\n      roles: { claims: [/roles] }\n"
           "      sign_in: { client_id: " +
           client + ", client_secret_file: /etc/srasta/idp.secret }\n";
  };
  EXPECT_EQ(on_the_host(issuer("a"), issuer("b")), Keys{"identity.issuers[0]"});
  EXPECT_EQ(on_the_host(issuer("a"), issuer("a")), Keys());
}

TEST(OfOwnersOnly, IsWhoMayDoWhat) {
  const Loaded running = parsed("tenants: [acme]\n");
  EXPECT_EQ(of_owners_only(running, parsed("tenants: [acme]\nlog: { level: debug }\n")), Keys());
  EXPECT_EQ(of_owners_only(running, parsed("tenants: [acme, globex]\n")).size(), 1U);
  EXPECT_FALSE(of_owners_only(
                   running, parsed("tenants: [acme]\naccess: { roles: { night: [admin.read] } }\n"))
                   .empty());
  EXPECT_FALSE(
      of_owners_only(running, parsed("tenants: [acme]\nidentity: { sign_in: { token_ttl: 5m } }\n"))
          .empty());
}

TEST(Differences, NameBothValues) {
  const Loaded running = parsed("drain: 30s\n");
  const Loaded wanted = parsed("drain: 31s\ntenants: [acme]\n");
  const auto found = differences(running, wanted);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "drain");
  EXPECT_EQ(*found[0].before, "30s");
  EXPECT_EQ(*found[0].after, "31s");
  EXPECT_EQ(found[1].key, "tenants");
}

}  // namespace
}  // namespace srasta::config
