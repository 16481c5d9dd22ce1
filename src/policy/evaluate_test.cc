#include "policy/evaluate.h"

#include "policy/read_policy.h"

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

std::string fixture() {
  std::ifstream file(SRASTA_SOURCE_DIR "/tests/cases/tools/policy.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Policy& policy() {
  static const Policy kPolicy = *read_policy(fixture()).policy;
  return kPolicy;
}

Principal principal(std::vector<std::string> roles, std::vector<std::string> personas) {
  return {.subject = "alice",
          .tenant = "acme",
          .roles = std::move(roles),
          .personas = std::move(personas),
          .permissions = access::PermissionSet::everything()};
}
Principal implementer() {
  return principal({"developer"}, {"implementer"});
}

constexpr base::WallTime kNoon{base::Seconds(1'800'000'000)};  // 2027-01-15T08:00:00Z

Judgement judge(const Policy& rules, const Principal& who, Tool tool,
                const std::string& arguments) {
  const auto document = json::Document::parse(arguments);
  EXPECT_TRUE(document) << arguments;
  return judge_call(rules, {.tool = tool, .principal = who, .now = kNoon}, document->root());
}

Reason reason(const Principal& who, Tool tool, const std::string& arguments) {
  return judge(policy(), who, tool, arguments).reason;
}

Change change(std::string_view path, Change::Kind kind = Change::Kind::Modify,
              uint32_t mode = kFileMode) {
  return {.kind = kind,
          .path = *RepoPath::parse(path),
          .old_mode = kind == Change::Kind::Add ? 0 : kFileMode,
          .new_mode = kind == Change::Kind::Delete ? 0 : mode,
          .size = 1};
}

Judgement apply(const Principal& who, Changes changes) {
  Judgement judgement = judge(policy(), who, Tool::BranchCreate,
                              R"({"repo":"payments-api","name":"agent/x","from":"main"})");
  judge_changes(judgement, changes);
  return judgement;
}

TEST(Evaluate, WhoMayUseWhichTool) {
  const std::string read = R"({"repo":"payments-api","ref":"main","path":"src/main.cc"})";
  EXPECT_EQ(reason(implementer(), Tool::FileRead, read), Reason::None);
  EXPECT_EQ(reason(principal({"developer"}, {}), Tool::FileRead, read), Reason::PersonaMissing);
  EXPECT_EQ(reason(principal({"viewer"}, {"implementer"}), Tool::FileRead, read),
            Reason::PersonaNotGranted);
  EXPECT_EQ(reason(principal({"developer"}, {"stranger"}), Tool::FileRead, read),
            Reason::PersonaNotGranted);
  const std::string create = R"({"repo":"payments-api","name":"agent/x","from":"main"})";
  EXPECT_EQ(reason(implementer(), Tool::BranchCreate, create), Reason::None);
  EXPECT_EQ(reason(principal({"developer"}, {"reviewer"}), Tool::BranchCreate, create),
            Reason::PersonaTool);
  EXPECT_EQ(reason(principal({"viewer"}, {"reader"}), Tool::BranchCreate, create),
            Reason::RoleTool);
  EXPECT_EQ(reason(principal({"admin"}, {"operator"}), Tool::FileRead, read), Reason::RoleTool);
  Principal scoped = implementer();
  scoped.permissions = {access::Permission::ToolsRead};
  EXPECT_EQ(reason(scoped, Tool::BranchCreate, create), Reason::ScopeInsufficient);
}

TEST(Evaluate, ArgumentsAreClosed) {
  const auto log = [](const std::string& more) {
    return reason(implementer(), Tool::CommitLog,
                  R"({"repo":"payments-api","ref":"main")" + more + "}");
  };
  EXPECT_EQ(log(""), Reason::None);
  EXPECT_EQ(log(R"(,"format":"%x")"), Reason::ArgUnknownField);
  EXPECT_EQ(log(R"(,"max":1000000000)"), Reason::ArgSchema);
  EXPECT_EQ(log(R"(,"max":"5")"), Reason::ArgSchema);
  EXPECT_EQ(log(R"(,"since":"--format=%x00")"), Reason::ArgSchema);
  EXPECT_EQ(log(R"(,"since":"2027-01-31T00:00:00.5+01:00")"), Reason::None);
  EXPECT_EQ(reason(implementer(), Tool::CommitLog, R"({"repo":"payments-api"})"),
            Reason::ArgSchema);
  EXPECT_EQ(reason(implementer(), Tool::CodeSearch,
                   R"({"repo":"payments-api","ref":"main","pattern":"(?<=x)y","regex":true})"),
            Reason::ArgSchema);
}

TEST(Evaluate, RepositoriesAreExactAndRefsAreNames) {
  const auto log = [](const std::string& repo, const std::string& ref) {
    return reason(implementer(), Tool::CommitLog,
                  R"({"repo":")" + repo + R"(","ref":")" + ref + R"("})");
  };
  EXPECT_EQ(log("payments-api.git", "main"), Reason::RepoNotAllowed);
  EXPECT_EQ(log("PAYMENTS-API", "main"), Reason::RepoNotAllowed);
  EXPECT_EQ(log("payments-api", "--output=/tmp/p"), Reason::RefInvalid);
  EXPECT_EQ(log("payments-api", "refs/notes/commits"), Reason::RefNotAllowed);
  EXPECT_EQ(log("payments-api", "refs/heads/main"), Reason::None);
  const auto create = [](const std::string& name) {
    return reason(implementer(), Tool::BranchCreate,
                  R"({"repo":"payments-api","from":"main","name":")" + name + R"("})");
  };
  EXPECT_EQ(create("agent/x"), Reason::None);
  EXPECT_EQ(create("hotfix/x"), Reason::RefNotAllowed);
  EXPECT_EQ(create("Agent/x"), Reason::RefNotAllowed);
  EXPECT_EQ(create("MAIN"), Reason::RefProtected);
  EXPECT_EQ(create("main"), Reason::RefProtected);
  EXPECT_EQ(create("refs/heads/main"), Reason::RefInvalid);
  Judgement judgement = judge(policy(), implementer(), Tool::BranchCreate,
                              R"({"repo":"payments-api","from":"main","name":"agent/x"})");
  judge_written_ref(judgement, "refs/heads/main");  // where a symbolic ref led
  EXPECT_EQ(judgement.reason, Reason::RefProtected);
}

TEST(Evaluate, DeniedPathsAreDeniedInAnyCase) {
  const auto read = [](const std::string& path) {
    return reason(implementer(), Tool::FileRead,
                  R"({"repo":"payments-api","ref":"main","path":")" + path + R"("})");
  };
  EXPECT_EQ(read("secrets/prod.env"), Reason::PathDenied);
  EXPECT_EQ(read("Secrets/prod.env"), Reason::PathDenied);
  EXPECT_EQ(read("src/.env"), Reason::PathDenied);
  EXPECT_EQ(read(".github/x"), Reason::None);
  EXPECT_EQ(reason(implementer(), Tool::TreeList,
                   R"({"repo":"payments-api","ref":"main","path":"secrets"})"),
            Reason::PathDenied);
  EXPECT_EQ(reason(implementer(), Tool::CodeSearch,
                   R"({"repo":"payments-api","ref":"main","pattern":"x","pathGlob":"../**"})"),
            Reason::PathTraversal);
}

TEST(Evaluate, CommandsTakeWhatTheirTemplateTakes) {
  const auto run = [](const std::string& command, const std::string& parameters) {
    return reason(implementer(), Tool::CommandRun,
                  R"({"repo":"payments-api","ref":"agent/x","command":")" + command +
                      R"(","params":)" + parameters + "}");
  };
  EXPECT_EQ(run("build", R"({"target":"all"})"), Reason::None);
  EXPECT_EQ(run("build", R"({"target":"all && id"})"), Reason::CmdParam);
  EXPECT_EQ(run("build", "{}"), Reason::CmdParam);
  EXPECT_EQ(run("build", R"({"target":"all","extra":"x"})"), Reason::ArgUnknownField);
  EXPECT_EQ(run("bash", "{}"), Reason::CmdUnknown);
  EXPECT_EQ(run("BUILD", "{}"), Reason::CmdUnknown);
  EXPECT_EQ(run("test", "{}"), Reason::None);
  EXPECT_EQ(run("test", R"({"filter":"-S"})"), Reason::CmdParam);
  EXPECT_EQ(run("test", R"({"filter":["a"]})"), Reason::ArgSchema);
  EXPECT_EQ(run("lint", R"({"file":"src/a.cc"})"), Reason::None);
  EXPECT_EQ(run("lint", R"({"file":"docs/a.md"})"), Reason::CmdParam);
  EXPECT_EQ(run("lint", R"({"file":"-load=evil.so"})"), Reason::CmdParam);
}

TEST(Evaluate, ChangesAreJudgedByWhatTheyDo) {
  using Kind = Change::Kind;
  EXPECT_EQ(apply(implementer(), {.list = {change("src/a.cc")}}).effect, Effect::Allow);
  EXPECT_EQ(apply(implementer(), {.list = {change("srcX/a.cc")}}).reason, Reason::DefaultDeny);
  EXPECT_EQ(apply(implementer(), {.list = {change(".github/w.yml")}}).reason, Reason::PathDenied);
  EXPECT_EQ(apply(implementer(), {.list = {change("src/.Toolgate.yaml")}}).reason,
            Reason::PathDenied);
  EXPECT_EQ(apply(implementer(), {.list = {change("src/.gitattributes")}}).reason,
            Reason::PathDenied);
  EXPECT_EQ(apply(implementer(), {.list = {change("src/l", Kind::Add, kSymlinkMode)}}).reason,
            Reason::PatchSymlink);
  EXPECT_EQ(apply(implementer(), {.list = {change("src/l", Kind::Add, kGitlinkMode)}}).reason,
            Reason::PatchGitlink);
  EXPECT_EQ(apply(implementer(), {.list = {change("src/l", Kind::Modify, kExecutableMode)}}).reason,
            Reason::PatchExecBit);
  EXPECT_EQ(apply(implementer(), {.list = {change("docs/x.md")},
                                  .sources = {*RepoPath::parse("secrets/prod.env")}})
                .reason,
            Reason::PathDenied);
  Changes many;
  for (int i = 0; i < 51; ++i) many.list.push_back(change("src/" + std::to_string(i)));
  EXPECT_EQ(apply(implementer(), many).reason, Reason::PatchTooManyFiles);
  Changes lines{.list = {change("src/a.cc")}};
  lines.changed_lines = 2001;
  EXPECT_EQ(apply(implementer(), lines).reason, Reason::PatchTooLarge);
}

TEST(Evaluate, SomeChangesWantSomebodyElse) {
  const Judgement sensitive = apply(implementer(), {.list = {change("src/auth/login.cc")}});
  EXPECT_EQ(sensitive.effect, Effect::Ask);
  EXPECT_EQ(sensitive.reason, Reason::ApprovalRequired);
  ASSERT_EQ(sensitive.approvers.size(), 1U);
  EXPECT_EQ(sensitive.approvers[0].roles, (std::vector<std::string>{"release", "admin"}));
  Changes deletes;
  for (int i = 0; i < 21; ++i) {
    deletes.list.push_back(change("src/" + std::to_string(i), Change::Kind::Delete));
  }
  EXPECT_EQ(apply(implementer(), deletes).effect, Effect::Ask);
  deletes.list.pop_back();
  EXPECT_EQ(apply(implementer(), deletes).effect, Effect::Allow);
  // A deny beats an ask.
  EXPECT_EQ(apply(implementer(), {.list = {change("src/auth/login.cc"), change("src/auth/.npmrc")}})
                .effect,
            Effect::Deny);
  const Judgement tag =
      judge(policy(), principal({"release"}, {"release"}), Tool::TagCreate,
            R"({"repo":"payments-api","name":"v2.4.0","target":")" + std::string(40, 'a') + "\"}");
  EXPECT_EQ(tag.effect, Effect::Ask);
}

TEST(Evaluate, WhatWasReadDoesNotFlowDown) {
  const std::string create = R"({"repo":"docs-site","name":"agent/x","from":"main"})";
  Judgement judgement = judge(policy(), implementer(), Tool::BranchCreate, create);
  judge_flow(judgement, policy(), Label::Public);
  EXPECT_EQ(judgement.effect, Effect::Allow);
  judge_flow(judgement, policy(), Label::Confidential);
  EXPECT_EQ(judgement.reason, Reason::FlowLabel);
  EXPECT_EQ(judgement.rules, (std::vector<std::string>{"FL-1"}));
}

TEST(Evaluate, APolicyThatExpiredPermitsNothing) {
  const auto document = json::Document::parse("{}");
  const Judgement judgement = judge_call(policy(),
                                         {.tool = Tool::RepoList,
                                          .principal = implementer(),
                                          .now = policy().not_after + base::Seconds(1)},
                                         document->root());
  EXPECT_EQ(judgement.reason, Reason::PolicyStale);
  EXPECT_TRUE(tools_of(policy(), implementer(), policy().not_after + base::Seconds(1)).empty());
}

TEST(Evaluate, OnlyRulesThatDenyAllowNothing) {
  Policy only = policy();
  std::erase_if(only.rules, [](const Rule& rule) { return rule.effect != Effect::Deny; });
  EXPECT_EQ(judge(only, implementer(), Tool::RepoList, "{}").reason, Reason::DefaultDeny);
  only.rules.clear();
  EXPECT_EQ(judge(only, implementer(), Tool::RepoList, "{}").reason, Reason::DefaultDeny);
}

TEST(Evaluate, HoursAreOfUtc) {
  constexpr HourWindow kDay{6 * 60, 22 * 60};
  EXPECT_TRUE(kDay.contains(kNoon));
  EXPECT_FALSE(kDay.contains(kNoon + base::Seconds(14 * 3600)));
  constexpr HourWindow kNight{22 * 60, 6 * 60};
  EXPECT_FALSE(kNight.contains(kNoon));
  EXPECT_TRUE(kNight.contains(kNoon + base::Seconds(14 * 3600)));
}

TEST(Evaluate, ToolsAreThoseThatMayBeCalledNow) {
  const ToolSet reader = tools_of(policy(), principal({"viewer"}, {"reader"}), kNoon);
  EXPECT_TRUE(reader.contains(Tool::FileRead));
  EXPECT_FALSE(reader.contains(Tool::PatchApply));
  EXPECT_FALSE(reader.contains(Tool::PolicyExplain));  // the role has it, the persona does not
  EXPECT_TRUE(tools_of(policy(), principal({"viewer"}, {}), kNoon).empty());
  const auto seen = repositories_of(policy(), principal({"viewer"}, {"reader"}), kNoon);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]->id, "docs-site");
}

// ---- properties, over random policies and calls

struct Generator {
  std::mt19937 random{20261201};

  size_t below(size_t most) { return random() % most; }
  template <typename T>
  T one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  Rule rule(int number) {
    Rule made{.id = "G-" + std::to_string(number)};
    made.effect = one_of<Effect>({Effect::Allow, Effect::Allow, Effect::Ask, Effect::Deny});
    made.shadow = made.effect != Effect::Allow && below(4) == 0;
    if (below(2) == 0) made.roles = {one_of<std::string>({"viewer", "developer", "release"})};
    if (below(2) == 0) made.personas = {one_of<std::string>({"reader", "implementer"})};
    if (below(2) == 0) made.repositories = {one_of<std::string>({"docs-site", "payments-api"})};
    for (size_t i = 0; i < kToolCount; ++i) {
      if (below(2) == 0) made.tools.insert(static_cast<Tool>(i));
    }
    return made;
  }
  Policy with_rules(size_t count) {
    Policy made = policy();
    made.rules.clear();
    for (size_t i = 0; i < count; ++i) made.rules.push_back(rule(static_cast<int>(i)));
    return made;
  }
  Principal anybody() {
    return principal({one_of<std::string>({"viewer", "developer", "release", "admin"})},
                     {one_of<std::string>({"reader", "reviewer", "implementer", "release"})});
  }
  std::pair<Tool, std::string> call() {
    const std::string repo = one_of<std::string>({"docs-site", "payments-api"});
    return one_of<std::pair<Tool, std::string>>(
        {{Tool::RepoInfo, R"({"repo":")" + repo + R"("})"},
         {Tool::FileRead, R"({"ref":"main","path":"a.md","repo":")" + repo + R"("})"},
         {Tool::BranchCreate, R"({"from":"main","name":"agent/x","repo":")" + repo + R"("})"},
         {Tool::RepoList, "{}"}});
  }
};

TEST(EvaluateProperty, TheOrderOfRulesDecidesNothing) {
  Generator make;
  for (int round = 0; round < 500; ++round) {
    Policy rules = make.with_rules(make.below(12));
    const Principal who = make.anybody();
    const auto [tool, arguments] = make.call();
    const Judgement one = judge(rules, who, tool, arguments);
    std::ranges::shuffle(rules.rules, make.random);
    const Judgement two = judge(rules, who, tool, arguments);
    ASSERT_EQ(one.effect, two.effect);
    ASSERT_EQ(one.reason, two.reason);
    ASSERT_EQ(one.rules, two.rules);
    ASSERT_EQ(one.shadow_rules, two.shadow_rules);
  }
}

TEST(EvaluateProperty, ARuleThatDeniesWins) {
  Generator make;
  for (int round = 0; round < 500; ++round) {
    Policy rules = make.with_rules(make.below(12));
    const Principal who = make.anybody();
    const auto [tool, arguments] = make.call();
    Rule deny{.id = "X", .effect = Effect::Deny, .tools = ToolSet::all()};
    rules.rules.insert(rules.rules.begin() + static_cast<long>(make.below(rules.rules.size() + 1)),
                       deny);
    ASSERT_EQ(judge(rules, who, tool, arguments).effect, Effect::Deny);
  }
}

TEST(EvaluateProperty, APersonaNeverWidens) {
  Generator make;
  for (int round = 0; round < 300; ++round) {
    Policy rules = make.with_rules(make.below(12));
    const Principal who = make.anybody();
    const ToolSet before = tools_of(rules, who, kNoon);
    for (Persona& persona : rules.personas) {
      persona.tools = persona.tools & policy().persona("reader")->tools;
    }
    const ToolSet after = tools_of(rules, who, kNoon);
    ASSERT_EQ(after & before, after);
    ToolSet of_roles;
    for (const std::string& role : who.roles) of_roles = of_roles | rules.role(role)->tools;
    ASSERT_EQ(before & of_roles, before);
  }
}

TEST(EvaluateProperty, LimitsOnlyNarrow) {
  Limits tight;
  tight.patch.files = 1;
  tight.read.bytes = 10;
  Limits loose;
  loose.patch.binary = true;
  const Limits both = narrower(loose, tight);
  EXPECT_EQ(both.patch.files, 1);
  EXPECT_EQ(both.read.bytes, 10);
  EXPECT_FALSE(both.patch.binary);
  EXPECT_EQ(narrower(tight, loose).patch.files, 1);
}

TEST(EvaluateProperty, WhatIsListedCanBeCalled) {
  Generator make;
  for (int round = 0; round < 300; ++round) {
    const Policy rules = make.with_rules(make.below(12));
    const Principal who = make.anybody();
    const bool listed = tools_of(rules, who, kNoon).contains(Tool::RepoInfo);
    bool any = false;
    for (const char* repo : {"docs-site", "payments-api"}) {
      any = any ||
            !judge(rules, who, Tool::RepoInfo, R"({"repo":")" + std::string(repo) + "\"}").denied();
    }
    ASSERT_EQ(listed, any);
  }
}

}  // namespace
}  // namespace srasta::policy
