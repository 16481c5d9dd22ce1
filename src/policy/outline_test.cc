#include "policy/outline.h"

#include "policy/read_policy.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

constexpr std::string_view kDocument = R"(apiVersion: toolgate.srasta/v1
kind: ToolPolicy
metadata: { name: demo, tenant: default, version: 1, notAfter: 2099-01-01T00:00:00Z }
spec:
  default: deny
  roles:
    developer: { tools: [file_read, file_edit] }
    release: { tools: [tag_create] }
  personas:
    implementer: { tools: [file_read, file_edit], requiresRoles: [developer] }
  repositories:
    - id: demo
      gitDir: /srv/git/demo.git
      label: internal
      refs: { read: ["refs/heads/**"], write: ["refs/heads/agent/**"], protect: ["refs/heads/main"] }
      paths: { denyRead: ["secrets/**"], allowWrite: ["src/**"] }
      approvals:
        - { id: AP-1, when: { pathsAny: ["src/auth/**"] }, approvers: { roles: [release], count: 2 }, ttl: 60s }
  rules:
    - { id: R-1, effect: allow, roles: [developer], personas: [implementer], repos: [demo], tools: ["*"] }
)";

std::set<std::string> lines_of(std::string text) {
  const ReadResult read = read_policy(text);
  EXPECT_TRUE(read.policy) << text;
  return read.policy ? outline(*read.policy) : std::set<std::string>{};
}

std::string with(std::string_view old, std::string_view now) {
  std::string text(kDocument);
  text.replace(text.find(old), old.size(), now);
  return text;
}

TEST(Outline, HasAFactALine) {
  const auto lines = lines_of(std::string(kDocument));
  for (const char* line :
       {"policy.version 1", "policy.limits.patch.maxFiles 50", "policy.limits.patch.binary deny",
        "roles.developer.tools file_read", "personas.implementer.requiresRoles developer",
        "repositories.demo.label internal", "repositories.demo.paths.denyRead secrets/**",
        "repositories.demo.approvals.AP-1.approvers 2 of release",
        "repositories.demo.approvals.AP-1.ttl 60s", "rules.R-1.effect allow",
        "rules.R-1.personas implementer", "rules.R-1.tools tree_list"}) {
    EXPECT_TRUE(lines.contains(line)) << line;
  }
}

TEST(Outline, IsTheSameHoweverItIsWritten) {
  const auto lines = lines_of(std::string(kDocument));
  EXPECT_EQ(lines_of(with("[file_read, file_edit]", "[\"file_edit\", file_read]")), lines);
}

TEST(Outline, TellsEveryChange) {
  const auto lines = lines_of(std::string(kDocument));
  const std::pair<const char*, const char*> changes[] = {
      {"version: 1", "version: 2"},
      {"tools: [file_read, file_edit] }", "tools: [file_read] }"},
      {"label: internal", "label: restricted"},
      {"\"secrets/**\"", "\"secret/**\""},
      {"refs/heads/agent/**", "refs/heads/bot/**"},
      {"count: 2", "count: 1"},
      {"ttl: 60s", "ttl: 61s"},
      {"src/auth/**", "src/login/**"},
      {"allow, roles: [developer]", "deny, roles: [developer]"},
      {"tools: [\"*\"] }", "tools: [\"*\"], when: { hour: { outside: \"06:00-22:00 UTC\" } } }"},
      {"  default: deny", "  default: deny\n  limits: { patch: { maxFiles: 49 } }"},
  };
  for (const auto& [old, now] : changes) EXPECT_NE(lines_of(with(old, now)), lines) << now;
}

}  // namespace
}  // namespace srasta::policy
