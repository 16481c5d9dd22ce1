#include "policy/replay.h"

#include "policy/read_policy.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

using Outcome = Replayed::Change;

constexpr std::string_view kDocument = R"(apiVersion: toolgate.srasta/v1
kind: ToolPolicy
metadata: { name: demo, tenant: default, version: 1, notAfter: 2099-01-01T00:00:00Z }
spec:
  default: deny
  roles:
    developer: { tools: [file_read, file_edit, tag_create] }
    viewer: { tools: [file_read] }
  personas:
    reader: { tools: [file_read] }
    implementer: { tools: [file_read, file_edit, tag_create], requiresRoles: [developer] }
  repositories:
    - id: demo
      gitDir: /srv/git/demo.git
      label: internal
      refs: { read: ["refs/heads/**"], write: ["refs/heads/agent/**"] }
      paths: { allowWrite: ["src/**"] }
  rules:
    - { id: R-1, effect: allow, repos: [demo], tools: [file_read, file_edit] }
    - { id: R-2, effect: allow, repos: [demo], tools: [tag_create], require: approval }
    - { id: R-3, effect: deny, personas: [implementer], tools: [file_read], when: { hour: { outside: "06:00-22:00 UTC" } } }
)";

RecordedCall call(std::string tool, std::string why, std::string persona = "implementer") {
  constexpr base::Seconds kNoon{1'800'014'400};
  return {.tool = std::move(tool),
          .repository = "demo",
          .persona = std::move(persona),
          .roles = {"developer"},
          .at = base::WallTime(kNoon),
          .why = std::move(why)};
}

Policy policy(std::string text = std::string(kDocument)) {
  ReadResult read = read_policy(text);
  EXPECT_TRUE(read.policy) << (read.problems.empty() ? "" : read.problems.front().what);
  return read.policy.value_or(Policy());
}

TEST(Replay, JudgesByPersonaRoleRepositoryRulesAndHours) {
  const Policy now = policy();
  EXPECT_EQ(replay(now, call("file_edit", "ALLOW")).change, Outcome::None);
  EXPECT_EQ(replay(now, call("tag_create", "ALLOW")).change, Outcome::Asks);
  EXPECT_EQ(replay(now, call("file_edit", "ALLOW", "reader")).reason, Reason::PersonaTool);
  EXPECT_EQ(replay(now, call("branch_list", "ALLOW")).change, Outcome::Refused);
  RecordedCall viewer = call("file_read", "ALLOW");
  viewer.roles = {"viewer"};
  EXPECT_EQ(replay(now, viewer).reason, Reason::PersonaNotGranted);
  RecordedCall elsewhere = call("file_read", "ALLOW");
  elsewhere.repository = "other";
  EXPECT_EQ(replay(now, elsewhere).reason, Reason::RepoNotAllowed);
  RecordedCall at_night = call("file_read", "ALLOW");
  at_night.at += base::Seconds(12 * 3600);
  EXPECT_EQ(replay(now, at_night).reason, Reason::RuleDeny);
}

TEST(Replay, SaysWhatWouldGetFurther) {
  const Policy now = policy();
  for (const char* why : {"ROLE_TOOL", "PERSONA_TOOL", "RULE_DENY", "DEFAULT_DENY"}) {
    EXPECT_EQ(replay(now, call("file_edit", why)).change, Outcome::GoesOn) << why;
  }
  EXPECT_EQ(replay(now, call("file_edit", "PERSONA_TOOL", "reader")).change, Outcome::None);
  // What a later gate refused is not judged again.
  EXPECT_EQ(replay(now, call("file_edit", "PATH_DENIED")).change, Outcome::None);
  EXPECT_EQ(replay(now, call("tag_create", "APPROVAL_REQUIRED")).change, Outcome::None);
}

TEST(Replay, SaysWhenItCannotSay) {
  const Policy now = policy();
  for (const char* why : {"ARG_SCHEMA", "RATE_LIMIT", "REPO_NOT_ALLOWED", "POLICY_STALE", "?"}) {
    EXPECT_EQ(replay(now, call("file_read", why)).change, Outcome::CannotSay) << why;
  }
  EXPECT_EQ(replay(now, call("no_such_tool", "ALLOW")).change, Outcome::CannotSay);
  EXPECT_EQ(replay(now, call("file_read", "ALLOW", "")).change, Outcome::CannotSay);
  std::string text(kDocument);
  text += R"(    - { id: R-4, effect: deny, tools: [file_read], when: { args: { path: "x" } } })";
  const Policy with_arguments = policy(text + "\n");
  EXPECT_EQ(replay(with_arguments, call("file_read", "ALLOW")).change, Outcome::CannotSay);
  EXPECT_EQ(replay(with_arguments, call("file_edit", "ALLOW")).change, Outcome::None);
}

}  // namespace
}  // namespace srasta::policy
