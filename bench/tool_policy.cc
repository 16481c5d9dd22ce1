#include "tool_policy.h"

#include "policy/read_policy.h"

#include <cstdlib>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr size_t kRepositories = 20;

constexpr std::string_view kHead = R"(apiVersion: toolgate.srasta/v1
kind: ToolPolicy
metadata: { name: bench, tenant: acme, version: 1, notAfter: 2099-01-01T00:00:00Z }
spec:
  default: deny
  limits:
    patch: { maxFiles: 50 }
  roles:
    viewer: { tools: [repo_list, file_read] }
    developer: { tools: ["*"] }
  personas:
    reader: { tools: [repo_list, file_read] }
    implementer: { tools: ["*"], requiresRoles: [developer] }
  pathSets:
    control: ["**/.git/**", "**/.gitattributes", "**/.gitmodules", ".github/**", ".ci/**", "**/.vscode/**", "**/.idea/**", "**/.claude/**", "**/.mcp.json", "**/CLAUDE.md", "**/AGENTS.md", "**/.npmrc"]
    secrets: ["**/*.pem", "**/*.key", "**/.env", "**/.env.*", "**/id_rsa*", "secrets/**", "deploy/prod/**"]
    sensitive: ["db/migrations/**", "src/auth/**", "CODEOWNERS"]
  repositories:
)";

std::string repository(size_t number, const std::string& git_dir) {
  return fmt::format(R"(    - id: service-{0}
      gitDir: {1}
      label: internal
      refs: {{ read: ["refs/heads/**", "refs/tags/**"], write: ["refs/heads/agent/**"], protect: ["refs/heads/main"] }}
      paths: {{ denyRead: ["@secrets"], denyWrite: ["@control", "@secrets"], allowWrite: ["src/**", "tests/**", "docs/**"] }}
      approvals:
        - {{ id: AP-{0}, when: {{ pathsAny: "@sensitive" }}, approvers: {{ roles: [viewer], count: 1, notSelf: true }}, ttl: 900s }}
)",
                     number,
                     number == 0 ? git_dir : fmt::format("/srv/git/service-{}.git", number));
}

/// All kinds in turn; those that would decide against the measured call are about others.
std::string rule(size_t number) {
  const size_t repository = 1 + number % (kRepositories - 1);
  switch (number % 4) {
    case 0:
      return fmt::format(
          "    - {{ id: R-{}, effect: allow, roles: [developer], personas: [implementer], repos: "
          "[\"*\"], tools: [\"*\"] }}\n",
          number);
    case 1:
      return fmt::format(
          "    - {{ id: R-{}, effect: deny, roles: [developer], repos: [service-{}], tools: "
          "[patch_apply, file_edit, patch_check] }}\n",
          number, repository);
    case 2:
      return fmt::format(
          "    - {{ id: R-{}, effect: allow, require: approval, roles: [viewer], personas: "
          "[reader], repos: [\"*\"], tools: [\"*\"] }}\n",
          number);
    default:
      return fmt::format(
          "    - {{ id: R-{}, effect: allow, roles: [viewer, developer], repos: [service-{}], "
          "tools: [file_read, diff, blame] }}\n",
          number, repository);
  }
}

}  // namespace

srasta::policy::Policy tool_policy(size_t rules, const std::string& git_dir) {
  std::string text(kHead);
  for (size_t i = 0; i < kRepositories; ++i) text += repository(i, git_dir);
  text += "  rules:\n";
  for (size_t i = 0; i < rules; ++i) text += rule(i);
  auto read = srasta::policy::read_policy(text);
  if (!read.policy) {
    for (const auto& problem : read.problems)
      fmt::print(stderr, "{}: {}: {}\n", problem.line, problem.key, problem.what);
    std::exit(1);
  }
  return *std::move(read.policy);
}

srasta::policy::Principal tool_principal() {
  return {.subject = "agent",
          .tenant = "acme",
          .roles = {"developer"},
          .personas = {"implementer"},
          .permissions = srasta::access::PermissionSet::everything()};
}

}  // namespace bench
