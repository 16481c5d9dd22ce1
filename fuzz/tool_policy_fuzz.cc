// Question: is every document either taken or refused with at least one problem, and does one that
// was taken still deny everybody whom it does not name?
#include "input.h"
#include "policy/evaluate.h"
#include "policy/read_policy.h"

using srasta::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  const srasta::policy::ReadResult read = srasta::policy::read_policy(input);
  require(read.policy.has_value() == read.problems.empty());
  if (!read.policy) return 0;
  const srasta::policy::Principal nobody{.subject = "nobody",
                                         .tenant = read.policy->tenant,
                                         .roles = {},
                                         .personas = {},
                                         .permissions = srasta::access::kToolPermissions};
  const auto arguments = srasta::json::Document::parse("{}");
  const auto judgement = srasta::policy::judge_call(
      *read.policy,
      {.tool = srasta::policy::Tool::RepoList, .principal = nobody, .now = read.policy->not_after},
      arguments->root());
  require(judgement.denied());
  require(srasta::policy::tools_of(*read.policy, nobody, read.policy->not_after).empty());
  return 0;
}
