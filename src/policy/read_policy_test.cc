#include "policy/read_policy.h"

#include <algorithm>
#include <fstream>
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

/// `from` stands in the fixture once.
std::string with(std::string_view from, std::string_view to) {
  std::string text = fixture();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(text.find(from, at + 1), std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// The first problem, as `line key: what`.
std::string problem(const std::string& text) {
  const ReadResult read = read_policy(text);
  EXPECT_EQ(read.policy.has_value(), read.problems.empty());
  if (read.problems.empty()) return "";
  const config::Problem& first = read.problems.front();
  return std::to_string(first.line) + " " + first.key + ": " + first.what;
}

unsigned line_of(const std::string& text, std::string_view part) {
  const size_t at = text.find(part);
  return static_cast<unsigned>(
             std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) +
         1;
}

TEST(ReadPolicy, TheFixtureIsGood) {
  const ReadResult read = read_policy(fixture());
  for (const config::Problem& problem : read.problems) {
    ADD_FAILURE() << problem.line << " " << problem.key << ": " << problem.what << " ("
                  << problem.allowed << ")";
  }
  ASSERT_TRUE(read.policy);
  const Policy& policy = *read.policy;
  EXPECT_EQ(policy.name, "acme-default");
  EXPECT_EQ(policy.tenant, "acme");
  EXPECT_EQ(policy.version, 42);
  EXPECT_EQ(policy.limits.patch.files, 50);
  EXPECT_EQ(policy.digest.size(), 64U);
  EXPECT_EQ(policy.repository("payments-api")->label, Label::Confidential);
  EXPECT_TRUE(policy.role("developer")->tools.contains(Tool::FileRead));
  EXPECT_FALSE(policy.role("admin")->tools.contains(Tool::FileRead));
  EXPECT_FALSE(policy.persona("implementer")->tools.contains(Tool::BranchDelete));
  EXPECT_EQ(policy.command("test")->parameters.front().default_value, ".*");
}

TEST(ReadPolicy, OnlyDenyIsADefault) {
  const std::string text = with("  default: deny ", "  default: allow ");
  EXPECT_EQ(problem(text), std::to_string(line_of(text, "  default: allow")) +
                               " spec.default: allow is not allowed");
  EXPECT_NE(problem(with("  mode: enforce ", "  mode: shadow ")), "");
}

TEST(ReadPolicy, SaysWhereSomethingIsUnknown) {
  const std::string text = with("label: public", "label: public\n      alow: [x]");
  EXPECT_EQ(problem(text),
            std::to_string(line_of(text, "alow")) + " spec.repositories[1].alow: is not known");
  EXPECT_NE(problem(with("includes: reader, tools: [patch_check",
                         "includes: raeder, tools: [patch_check")),
            "");
  EXPECT_NE(problem(with("commands: [lint]", "commands: [lnt]")), "");
  EXPECT_NE(problem(with("tools: [\"@read\"]", "tools: [\"@raed\"]")), "");
  EXPECT_NE(problem(with("id: docs-site\n", "id: payments-api\n")), "");
  EXPECT_NE(problem(with("{ id: R-110,", "{ id: R-100,")), "");
}

TEST(ReadPolicy, TakesNoTrapsOfYaml) {
  EXPECT_NE(problem(with("version: 42 ", "version: 042 ")), "");
  EXPECT_NE(problem(with("name: acme-default", "name: no")), "");
  EXPECT_NE(problem(with("[\"content/**\"]", "[content/x*]")), "");  // patterns are quoted
  EXPECT_NE(problem(with("name: acme-default", "name: &a acme-default")), "");
  EXPECT_NE(problem(fixture() + std::string(kLongestDocument, '#')), "");
}

TEST(ReadPolicy, WhatIsWritableDoesNotSwallowWhatIsProtected) {
  EXPECT_NE(problem(with("write: [\"refs/heads/agent/**\"], protect",
                         "write: [\"refs/heads/**\"], protect")),
            "");
  EXPECT_NE(problem(with("read: [\"refs/heads/**\"], write", "read: [\"heads/**\"], write")), "");
}

TEST(ReadPolicy, LimitsOnlyNarrow) {
  const std::string lower =
      with("commands: [lint]", "commands: [lint]\n      limits: { patch: { maxFiles: 3 } }");
  const ReadResult read = read_policy(lower);
  ASSERT_TRUE(read.policy);
  EXPECT_EQ(read.policy->repository("docs-site")->limits.patch.files, 3);
  EXPECT_NE(problem(with("commands: [lint]",
                         "commands: [lint]\n      limits: { patch: { maxFiles: 51 } }")),
            "");
  EXPECT_NE(problem(with("commands: [lint]",
                         "commands: [lint]\n      limits: { patch: { binary: allow } }")),
            "");
}

TEST(ReadPolicy, TemplatesCannotBecomeOptionsOrShells) {
  const auto command = [](std::string_view template_text) {
    return with(
        "build:    { exec: /usr/bin/cmake, argv: [\"--build\", \"build\", \"--target\", "
        "\"{target}\"], params: { target: { enum: [all, api, tests] } } }",
        template_text);
  };
  EXPECT_EQ(problem(command("build: { exec: /usr/bin/x, argv: [] }")), "");
  EXPECT_NE(problem(command("build: { exec: /usr/bin/x, argv: [\"{flag}\"], params: { flag: { "
                            "pattern: \".*\" } } }")),
            "");
  EXPECT_NE(
      problem(command(
          "build: { exec: /usr/bin/x, argv: [\"{flag}\"], params: { flag: { enum: [\"-x\"] } } }")),
      "");
  EXPECT_EQ(problem(command("build: { exec: /usr/bin/x, argv: [\"--\", \"{f}\"], params: { f: { "
                            "pattern: \"-a*\" } } }")),
            "");
  EXPECT_NE(problem(command(
                "build: { exec: /usr/bin/x, argv: [\"--x={f}\"], params: { f: { enum: [a] } } }")),
            "");
  EXPECT_NE(problem(command(
                "build: { exec: /usr/bin/x, argv: [\"{g}\"], params: { f: { enum: [a] } } }")),
            "");
  EXPECT_NE(problem(command("build: { exec: /usr/bin/bash, argv: [\"-c\", \"id\"] }")), "");
  EXPECT_NE(problem(command("build: { exec: /usr/bin/python3.11, argv: [\"x.py\"] }")), "");
  EXPECT_NE(problem(command("build: { exec: cmake, argv: [] }")), "");
  EXPECT_NE(problem(command("build: { exec: /srv/git/x/run, argv: [] }")), "");
  EXPECT_NE(problem(command("build: { exec: /usr/bin/x, argv: [], env: { LD_PRELOAD: \"x\" } }")),
            "");
}

TEST(ReadPolicy, RulesReferToArgumentsThatExist) {
  const auto rule = [](std::string_view when) {
    return with("    - { id: R-100,", "    - { id: X-1, effect: deny, tools: [commit_log], when: " +
                                          std::string(when) + " }\n    - { id: R-100,");
  };
  EXPECT_EQ(problem(rule("{ args: { max: 7 } }")), "");
  EXPECT_NE(problem(rule("{ args: { amount: 7 } }")), "");
  EXPECT_NE(problem(rule("{ args: { max: many } }")), "");
}

TEST(ReadPolicy, ExamplesMustComeOutAsTheySay) {
  const auto example = [](std::string_view expected) {
    return with(
        "repos: [\"*\"], tools: [\"*\"] }",
        "repos: [\"*\"], tools: [\"*\"], examples: [ { ctx: { roles: [developer], persona: "
        "implementer }, call: { tool: file_edit, args: { repo: payments-api, branch: agent/x, "
        "expectedHead: \"" +
            std::string(40, 'a') +
            "\", edits: [ { op: put, path: src/a.cc } ], "
            "message: x }, writes: [ src/auth/a.cc ] }, expect: " +
            std::string(expected) + " } ] }");
  };
  EXPECT_EQ(problem(example("ask")), "");
  EXPECT_EQ(problem(example("APPROVAL_REQUIRED")), "");
  EXPECT_NE(problem(example("allow")), "");
  EXPECT_NE(problem(example("maybe")), "");
}

}  // namespace
}  // namespace srasta::policy
