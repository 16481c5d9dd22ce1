#include "config/config.h"

#include "base/file.h"
#include "config/explain.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

const std::string kSource = SRASTA_SOURCE_DIR;

/// A file of tests/cases/config: `# expect: LINE` for every line of the refusal (none: the file is
/// good), `# env: NAME=VALUE` for variables.
struct Case {
  std::string bytes;
  std::string expected;
  Environment environment;
};

Case read_case(const std::string& name) {
  base::PosixFileSystem files;
  Case out;
  const auto content = base::read_file(files, kSource + "/tests/cases/config/" + name, 1 << 20);
  EXPECT_TRUE(content.ok()) << name;
  if (!content) return out;
  out.bytes = *content;
  for (size_t at = 0; at < out.bytes.size();) {
    const size_t end = std::min(out.bytes.find('\n', at), out.bytes.size());
    const std::string line = out.bytes.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("# expect: ")) {
      out.expected += (out.expected.empty() ? "" : "\n") + line.substr(10);
    }
    if (const size_t equals = line.find('='); line.starts_with("# env: ")) {
      out.environment[line.substr(7, equals - 7)] = line.substr(equals + 1);
    }
  }
  return out;
}

std::vector<std::string> case_names() {
  base::PosixFileSystem files;
  auto names = files.list(kSource + "/tests/cases/config");
  return names ? *names : std::vector<std::string>{};
}

class ConfigFile : public testing::TestWithParam<std::string> {};

TEST_P(ConfigFile, IsAcceptedOrRefusedAsItSays) {
  const Case test = read_case(GetParam());

  const auto loaded = parse_config(test.bytes, "FILE", test.environment);

  EXPECT_EQ(loaded.ok() ? "" : loaded.error().message, test.expected);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param.substr(0, info.param.find('.'))) name += c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, ConfigFile, testing::ValuesIn(case_names()), test_name);

Loaded parse(std::string_view bytes, const Environment& environment = {}) {
  auto loaded = parse_config(bytes, "/etc/srasta/srasta.yaml", environment);
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
  return loaded ? *std::move(loaded) : Loaded{};
}

TEST(ConfigDefaults, AreThoseOfTheReference) {
  const Config config = default_config();

  EXPECT_EQ(config.listen.text(), "127.0.0.1:8484");
  EXPECT_EQ(config.tls.mode, TlsMode::None);
  EXPECT_EQ(config.tenants, std::vector{base::TenantId("default")});
  EXPECT_TRUE(config.inference.detect);
  EXPECT_EQ(config.inference.timeouts.stream, std::chrono::hours(1));
  EXPECT_EQ(config.limits.json_body.count, 32U << 20);
  EXPECT_EQ(config.limits.connections, 10'000U);
  EXPECT_EQ(config.drain, std::chrono::seconds(30));
  EXPECT_EQ(config.audit.identifiers, Identifiers::PlainIds);
  EXPECT_EQ(config.audit.retention, std::chrono::days(180));
  ASSERT_EQ(config.inference.aliases.size(), 4U);
  for (const Alias& alias : config.inference.aliases) EXPECT_TRUE(alias.routes.empty());
}

TEST(ParseConfig, ReadsEveryOption) {
  const Config config = parse(read_case("good-everything.yaml").bytes).config;

  EXPECT_EQ(config.tls.mode, TlsMode::Files);
  EXPECT_EQ(config.tls.cert_file, "/etc/srasta/tls/cert.pem");
  ASSERT_EQ(config.issuers.size(), 2U);
  const Issuer& first = config.issuers[0];
  EXPECT_EQ(first.algorithms, std::vector{crypto::Algorithm::ES384});
  EXPECT_EQ(first.roles.map.at("ai team"),
            (std::vector{base::RoleName("user"), base::RoleName("developer")}));
  EXPECT_EQ(config.issuers[1].tenant.fixed, base::TenantId("acme"));
  EXPECT_EQ(config.issuers[1].algorithms.size(), 3U);
  EXPECT_TRUE(config.issuers[1].roles.claims.empty());
  EXPECT_TRUE(first.sign_in.client_id.empty());
  const ProviderSignIn& sign_in = config.issuers[1].sign_in;
  EXPECT_EQ(sign_in.client_id, "srasta");
  EXPECT_EQ(sign_in.label, "Work account");
  EXPECT_TRUE(sign_in.client_secret_file.ends_with("idp.secret"));
  EXPECT_EQ(sign_in.scopes, (std::vector<std::string>{"openid", "profile", "email"}));
  ASSERT_EQ(config.inference.upstreams.size(), 2U);
  EXPECT_EQ(config.inference.upstreams[0].kind, UpstreamKind::LlamaCpp);
  EXPECT_EQ(config.inference.upstreams[0].concurrency, 8U);
  EXPECT_EQ(config.inference.upstreams[1].concurrency, 256U);
  const Alias& general = config.inference.aliases.at(0);
  EXPECT_EQ(general.name, base::ModelName("general"));
  EXPECT_EQ(general.default_max_tokens, 2048U);
  ASSERT_EQ(general.routes.size(), 2U);
  EXPECT_EQ(general.routes[1].weight, 1U);
  EXPECT_EQ(config.inference.timeouts.first_byte, std::chrono::seconds(90));
  EXPECT_EQ(config.audit.identifiers, Identifiers::Committed);
  EXPECT_EQ(config.audit.retention, std::chrono::days(400));
  ASSERT_EQ(config.audit.witnesses.size(), 1U);
  EXPECT_EQ(config.audit.witnesses[0].url, "https://w1.example/eu");
  EXPECT_TRUE(config.audit.witnesses[0].ca_file.ends_with("ca.pem"));
  ASSERT_EQ(config.audit.sinks.size(), 2U);
  EXPECT_EQ(config.audit.sinks[0].url, "syslog+tls://logs.example");
  EXPECT_TRUE(config.audit.sinks[0].key_file.ends_with("k.pem"));
  EXPECT_EQ(config.audit.sinks[0].lag_after, std::chrono::minutes(5));
  EXPECT_TRUE(config.audit.sinks[1].secret_file.ends_with("s.key"));
  EXPECT_EQ(config.audit.sinks[1].streams, (std::vector<std::string>{"gateway", "install"}));
  EXPECT_EQ(config.audit.sinks[1].lag_after, std::chrono::seconds(90));
  EXPECT_EQ(config.telemetry.otlp.endpoint, "https://otel.example:4318");
  EXPECT_TRUE(config.telemetry.otlp.headers_file.ends_with("otel.headers"));
  EXPECT_EQ(config.telemetry.otlp.sample, 250'000U);
  EXPECT_EQ(config.log_level, base::Level::Debug);
  EXPECT_EQ(config.public_url, "https://ai.example");
}

TEST(ParseConfig, LetsTheEnvironmentWinAndLocksTheKey) {
  const Loaded loaded = parse("listen: 127.0.0.1:1\n", {{"SRASTA_LISTEN", "127.0.0.1:2"},
                                                        {"SRASTA_INFERENCE__DETECT", "false"},
                                                        {"SRASTA_TENANTS", "a, b"},
                                                        {"SRASTA_PORT", "tcp://10.0.0.1:8484"},
                                                        {"SRASTA_FD_READY", "5"},
                                                        {"PATH", "/bin"}});

  EXPECT_EQ(loaded.config.listen.port, 2);
  EXPECT_FALSE(loaded.config.inference.detect);
  EXPECT_EQ(loaded.config.tenants.size(), 2U);
  EXPECT_NE(explain_all(loaded).find("listen = \"127.0.0.1:2\"   # locked by SRASTA_LISTEN"),
            std::string::npos);
}

TEST(ConfigDigest, DependsOnValuesOnly) {
  const std::string plain = config_digest(parse("drain: 60s\nlisten: 127.0.0.1:1\n"));

  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(plain, config_digest(parse("# note\nlisten: 127.0.0.1:1\ndrain: 1m\n")));
  EXPECT_EQ(plain, config_digest(parse("drain: 60s\n", {{"SRASTA_LISTEN", "127.0.0.1:1"}})));
  EXPECT_NE(plain, config_digest(parse("drain: 61s\nlisten: 127.0.0.1:1\n")));
}

TEST(Explain, ShowsValueSourceAndChoice) {
  const Loaded loaded = parse("log:\n  level: warn\n");

  const auto text = explain_key(loaded, "log.level");

  ASSERT_TRUE(text.ok());
  EXPECT_NE(text->find("log.level = \"warn\"   # line 2\n"), std::string::npos);
  EXPECT_NE(text->find("allowed: debug, info, warn, error"), std::string::npos);
  EXPECT_EQ(explain_key(loaded, "log.levle").error().message,
            "log.levle: unknown key, did you mean \"log.level\"?");
}

TEST(Explain, FindsKeysInsideLists) {
  const Loaded loaded = parse(read_case("good-everything.yaml").bytes);

  const auto text = explain_key(loaded, "inference.upstreams[0].url");

  ASSERT_TRUE(text.ok());
  EXPECT_NE(text->find("inference.upstreams[0].url = \"http://127.0.0.1:9100\""),
            std::string::npos);
}

TEST(Reference, IsTheCommittedPage) {
  base::PosixFileSystem files;
  const auto page = base::read_file(files, kSource + "/docs/configuration.md", 1 << 20);

  ASSERT_TRUE(page.ok());
  EXPECT_EQ(*page, schema_markdown()) << "run: srasta config schema --markdown";
}

}  // namespace
}  // namespace srasta::config
