#include "cli/policy_diff.h"

#include "cli/exit_code.h"
#include "cli/policy_file.h"
#include "policy/outline.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

struct Options {
  std::string before;
  std::string after;
};

/// As diff(1): 0 when nothing differs, 1 when something does, 2 when that cannot be said.
int compare(const Options& options) {
  const auto before = read_policy_file(options.before);
  const auto after = before ? read_policy_file(options.after) : before;
  if (!after) {
    fmt::print(stderr, "{}\n", after.error().message);
    return kUsage;
  }
  const auto removed = policy::outline(*before);
  const auto added = policy::outline(*after);
  int code = kOk;
  auto all = removed;
  all.insert(added.begin(), added.end());
  for (const std::string& line : all) {
    if (removed.contains(line) && added.contains(line)) continue;
    fmt::print("{} {}\n", added.contains(line) ? '+' : '-', line);
    code = 1;
  }
  return code;
}

}  // namespace

void add_policy_diff(Command noun) {
  const Command command =
      noun.add_subcommand("diff", "What one policy says and another does not, fact by fact");
  command.set_footer(
      "Order, spelling and comments do not count. Exit code 1 when something differs.\n\n"
      "Example:\n"
      "  srasta policy diff acme-41.yaml acme-42.yaml");
  Options& options = command.keep(Options());
  command.add_option("OLD", options.before, "A policy", {.required = true});
  command.add_option("NEW", options.after, "Another one", {.required = true});
  command.set_action([&options] { return compare(options); });
}

}  // namespace srasta::cli
