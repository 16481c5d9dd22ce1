// How long does it take to check a patch against a repository, from the call to the decision, and
// how long does git take to apply it to an index and write the tree? Both alternate in one run.
//
// Usage: tool_planning REPOSITORY PATCH INDEX [RUNS]: a bare repository, a patch of its branch
// main, an index file that holds that branch; 300 runs. Prints one JSON object, in milliseconds.
#include "base/encoding.h"
#include "base/file.h"
#include "git/repository.h"
#include "json/writer.h"
#include "policy/evaluate.h"
#include "process/child.h"
#include "tool_policy.h"
#include "tools/changing.h"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace {

namespace base = srasta::base;
namespace policy = srasta::policy;
namespace tools = srasta::tools;
using Times = std::vector<std::chrono::nanoseconds>;

constexpr size_t kRules = 500;
constexpr uint64_t kRuns = 300;
constexpr size_t kLargestPatch = size_t{1} << 20;
constexpr base::Millis kLongest{60'000};

struct Subject {
  const policy::Policy& rules;
  const srasta::git::Registration& registration;
  const srasta::json::Document& arguments;
};

bool check(const Subject& subject) {
  const policy::Judgement judgement = policy::judge_call(subject.rules,
                                                         {.tool = policy::Tool::PatchCheck,
                                                          .principal = bench::tool_principal(),
                                                          .now = base::SystemClock().wall()},
                                                         subject.arguments.root());
  if (judgement.effect != policy::Effect::Allow) return false;
  const auto arguments =
      policy::Arguments::read(policy::Tool::PatchCheck, subject.arguments.root());
  if (!arguments) return false;
  const auto result = tools::check_patch({.tool = policy::Tool::PatchCheck,
                                          .rules = *judgement.repository,
                                          .registration = subject.registration,
                                          .arguments = *arguments,
                                          .judgement = judgement,
                                          .subject = "agent",
                                          .tenant = "acme",
                                          .decision = "bench"});
  return result && result->contains(R"("decision":"allow")");
}

bool run_git(const std::string& folder, const std::string& index,
             std::vector<std::string> arguments) {
  const base::Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  auto child = srasta::process::Child::spawn(
      {.program = "/usr/bin/git",
       .arguments = std::move(arguments),
       .environment = {{"GIT_DIR", folder}, {"GIT_INDEX_FILE", index}, {"HOME", "/nonexistent"}},
       .output = null.get()});
  if (!child) return false;
  const auto ended = child->wait(kLongest);
  return ended && *ended && (*ended)->clean();
}

template <typename Function>
bool measure(Times& into, const Function& function) {
  const auto before = std::chrono::steady_clock::now();
  const bool good = function();
  into.push_back(std::chrono::steady_clock::now() - before);
  return good;
}

std::string quantiles(Times& times) {
  std::ranges::sort(times);
  const auto at = [&](size_t hundredth) {
    return static_cast<double>(times[(times.size() - 1) * hundredth / 100].count()) / 1e6;
  };
  return fmt::format("{{\"p50\":{:.2f},\"p99\":{:.2f}}}", at(50), at(99));
}

int fail(std::string_view what) {
  fmt::print(stderr, "tool_planning: {}\n", what);
  return 1;
}

int run(const std::string& folder, const std::string& patch_file, const std::string& index,
        uint64_t runs) {
  base::PosixFileSystem files;
  const auto registration = srasta::git::register_repository(folder);
  if (!registration) return fail(registration.error().message);
  const auto patch = base::read_file(files, patch_file, kLargestPatch);
  if (!patch) return fail(patch.error().message);
  srasta::json::Writer writer;
  writer.begin_object().member("repo", "service-0").member("base", "main").member("patch", *patch);
  const auto arguments = srasta::json::Document::parse(writer.end_object().take());
  const policy::Policy rules = bench::tool_policy(kRules, folder);
  const std::string scratch = index + ".work";
  Times ours;
  Times gits;
  for (uint64_t i = 0; i < runs; ++i) {
    std::filesystem::copy_file(index, scratch, std::filesystem::copy_options::overwrite_existing);
    bool good = measure(ours, [&] { return check({rules, *registration, *arguments}); });
    good = measure(gits,
                   [&] {
                     return run_git(folder, scratch, {"apply", "--cached", patch_file}) &&
                            run_git(folder, scratch, {"write-tree"});
                   }) &&
           good;
    if (!good) return fail("a run failed");
  }
  fmt::print("{{\"runs\":{},\"patch_check\":{},\"git\":{}}}\n", runs, quantiles(ours),
             quantiles(gits));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> given(argv, static_cast<size_t>(argc));
  if (given.size() < 4) {
    fmt::print(stderr, "usage: tool_planning REPOSITORY PATCH INDEX [RUNS]\n");
    return 2;
  }
  const uint64_t runs = given.size() > 4 ? base::parse_u64(given[4]).value_or(kRuns) : kRuns;
  return run(given[1], given[2], given[3], runs);
}
