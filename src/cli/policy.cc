#include "cli/policy.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/policy_diff.h"
#include "cli/policy_file.h"
#include "cli/policy_replay.h"
#include "cli/signing_key.h"
#include "config/operator_file.h"
#include "policy/evaluate.h"
#include "policy/read_policy.h"
#include "policy/signature.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

int lint(const std::string& file) {
  const auto policy = read_policy_file(file);
  if (!policy) {
    fmt::print(stderr, "{}\n", policy.error().message);
    return kUsage;
  }
  fmt::print(
      "{}: good: {} of tenant {}, version {}, until {}: {} repositories, {} commands, {} rules\n",
      file, policy->name, policy->tenant, policy->version,
      base::format_utc(policy->not_after).substr(0, 10), policy->repositories.size(),
      policy->commands.size(), policy->rules.size());
  return kOk;
}

base::Result<std::string> sign(const std::string& file, const std::string& key_file,
                               const std::string& data) {
  SRASTA_TRY(read_policy_file(file));
  SRASTA_TRY_ASSIGN(const std::string bytes,
                    config::read_operator_file(file, policy::kLongestDocument + 1));
  base::PosixFileSystem files;
  base::Secret pem;
  if (key_file.empty()) {
    SRASTA_TRY_ASSIGN(pem, load_policy_key(data));
  } else {
    SRASTA_TRY_ASSIGN(pem, read_private_file(files, key_file));
  }
  SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::from_pem(pem));
  SRASTA_TRY_ASSIGN(const std::string signature, policy::sign_policy(bytes, key));
  const std::string beside = file + std::string(policy::kSignatureSuffix);
  SRASTA_TRY(base::write_file_atomic(files, beside, signature + "\n"));
  return beside;
}

struct Question {
  std::string file;
  std::string tool;
  std::string arguments = "{}";
  std::vector<std::string> roles;
  std::string persona;
};

int explain(const Question& question) {
  const auto policy = read_policy_file(question.file);
  if (!policy) return fail_with(policy.error());
  const auto tool = policy::find_tool(question.tool);
  if (!tool) return fail_with(make_error(Code::Invalid, "there is no tool " + question.tool));
  const auto arguments = json::Document::parse(question.arguments);
  if (!arguments) return fail_with(make_error(Code::Invalid, "ARGS is not one JSON object"));
  const policy::Principal principal{.subject = "somebody",
                                    .tenant = policy->tenant,
                                    .roles = question.roles,
                                    .personas = {question.persona},
                                    .permissions = access::kToolPermissions};
  const policy::Judgement judgement = policy::judge_call(
      *policy,
      {.tool = *tool, .principal = principal, .now = base::SystemClock().wall(), .partial = true},
      arguments->root());
  for (const policy::Step& step : judgement.steps) {
    fmt::print("{:<12} {:<6} {}", policy::to_string(step.gate), policy::to_string(step.outcome),
               step.reason == policy::Reason::None ? "" : policy::to_string(step.reason));
    for (const std::string& rule : step.rules) fmt::print(" {}", rule);
    fmt::print("\n");
  }
  fmt::print("{} {}\n", policy::to_string(judgement.effect),
             judgement.reason == policy::Reason::None ? "" : policy::to_string(judgement.reason));
  return judgement.denied() ? 1 : kOk;
}

void add_sign(Command noun) {
  struct Options {
    std::string file;
    std::string key;
    std::string data = default_data_folder();
  };
  const Command command = noun.add_subcommand("sign", "Sign a policy: writes FILE.sig");
  command.set_footer(
      "Without --key the installation's own key signs, which counts while tools.policy_keys is\n"
      "empty: for trials. In earnest, sign where no agent and no platform runs.\n\n"
      "Examples:\n"
      "  srasta policy sign acme.yaml\n"
      "  srasta policy sign acme.yaml --key policy.pem");
  Options& options = command.keep(Options());
  command.add_option("FILE", options.file, "The policy", {.required = true});
  command.add_option("--key", options.key, "Private key, of `srasta policy key`");
  command.add_option("--data", options.data, "Data folder, for the installation's own key");
  command.set_action([&options] {
    const auto signature = sign(options.file, options.key, options.data);
    if (!signature) return fail_with(signature.error());
    fmt::print("signed: {}\n", *signature);
    return kOk;
  });
}

void add_explain(Command noun) {
  const Command command =
      noun.add_subcommand("explain", "What a policy answers to a call, gate by gate");
  command.set_footer(
      "What is missing in the arguments does not decide. Of a running platform, ask the tool\n"
      "policy_explain.\n\n"
      "Example:\n"
      "  srasta policy explain acme.yaml patch_apply '{\"repo\":\"api\",\"branch\":\"main\"}' \\\n"
      "    --role developer --persona implementer");
  Question& question = command.keep(Question());
  command.add_option("FILE", question.file, "The policy", {.required = true});
  command.add_option("TOOL", question.tool, "Name of the tool", {.required = true});
  command.add_option("ARGS", question.arguments, "Its arguments, a JSON object");
  command.add_option("--role", question.roles, "Of who calls", {.one_value_each = true});
  command.add_option("--persona", question.persona, "Of who calls", {.required = true});
  command.set_action([&question] { return explain(question); });
}

}  // namespace

void add_policy(Command root) {
  const Command noun = root.add_subcommand("policy", "Policies of the tool gateway");
  noun.require_subcommand();
  const Command linting = noun.add_subcommand("lint", "Say what is wrong with a policy");
  std::string& file = linting.keep(std::string());
  linting.add_option("FILE", file, "The policy", {.required = true});
  linting.set_action([&file] { return lint(file); });
  add_sign(noun);
  add_explain(noun);
  add_policy_diff(noun);
  add_policy_replay(noun);
  const Command making =
      noun.add_subcommand("key", "Make a key that signs policies; prints its public half");
  std::string& target = making.keep(std::string());
  making.add_option("FILE", target, "Where the private half goes, mode 0600; must not exist",
                    {.required = true});
  making.set_action([&target] {
    const auto made = make_signing_key(target);
    if (!made) return fail_with(made.error());
    fmt::print("{}\n", *made);
    return kOk;
  });
}

}  // namespace srasta::cli
