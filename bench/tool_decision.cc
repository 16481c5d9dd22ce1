// How long does policy take to judge a call: 500 rules, a change of 50 files? From the parsed
// arguments to the answer with its trace, one after another on one thread.
//
// Usage: tool_decision [TIMES]; 100,000. Prints one JSON object, in microseconds.
#include "base/encoding.h"
#include "policy/evaluate.h"
#include "tool_policy.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace {

namespace policy = srasta::policy;

constexpr size_t kRules = 500;
constexpr size_t kEffects = 50;
constexpr uint64_t kTimes = 100'000;
constexpr const char* kArguments =
    R"({"repo":"service-0","base":"refs/heads/main","patch":"diff --git a/src/a.cc b/src/a.cc\n"})";

policy::Changes changes() {
  policy::Changes made;
  for (size_t i = 0; i < kEffects; ++i) {
    made.list.push_back({.kind = policy::Change::Kind::Modify,
                         .path = *policy::RepoPath::parse(
                             fmt::format("src/module-{:02}/detail/some_file_{:02}.cc", i % 7, i)),
                         .old_mode = policy::kFileMode,
                         .new_mode = policy::kFileMode,
                         .size = 1000});
  }
  return made;
}

bool judge(const policy::Policy& rules, const policy::Principal& who,
           const srasta::json::Document& arguments, const policy::Changes& made) {
  constexpr srasta::base::WallTime kNow{srasta::base::Seconds(1'800'000'000)};
  policy::Judgement judgement = policy::judge_call(
      rules, {.tool = policy::Tool::PatchCheck, .principal = who, .now = kNow}, arguments.root());
  policy::judge_changes(judgement, made);
  return judgement.effect == policy::Effect::Allow;
}

double micros(std::vector<std::chrono::nanoseconds>& times, size_t thousandth) {
  std::ranges::sort(times);
  return static_cast<double>(times[(times.size() - 1) * thousandth / 1000].count()) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> given(argv, static_cast<size_t>(argc));
  const uint64_t times =
      given.size() > 1 ? srasta::base::parse_u64(given[1]).value_or(kTimes) : kTimes;
  const policy::Policy rules = bench::tool_policy(kRules, "/srv/git/service-0.git");
  const policy::Principal who = bench::tool_principal();
  const auto arguments = srasta::json::Document::parse(kArguments);
  const policy::Changes made = changes();
  std::vector<std::chrono::nanoseconds> took;
  took.reserve(times);
  for (uint64_t i = 0; i < times; ++i) {
    const auto before = std::chrono::steady_clock::now();
    const bool allowed = judge(rules, who, *arguments, made);
    took.push_back(std::chrono::steady_clock::now() - before);
    if (!allowed) {
      fmt::print(stderr, "tool_decision: refused\n");
      return 1;
    }
  }
  fmt::print("{{\"rules\":{},\"effects\":{},\"p50\":{:.2f},\"p99\":{:.2f}}}\n", kRules, kEffects,
             micros(took, 500), micros(took, 990));
  return 0;
}
