#include "cli/policy_replay.h"

#include "audit/search.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/exit_code.h"
#include "cli/policy_file.h"
#include "json/document.h"
#include "policy/replay.h"

#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::cli {
namespace {

using Change = policy::Replayed::Change;

struct Options {
  std::string file;
  std::string data = default_data_folder();
  uint64_t last = 100'000;
};

std::string text_at(const json::Document& record, std::string_view path) {
  const auto value = record.root().pointer(path);
  return std::string(value ? value->string().value_or("") : "");
}

/// Nothing for a record that is about no call, or about what became of one.
std::optional<policy::RecordedCall> call_of(const audit::Found& found, std::string_view tenant) {
  const bool decides = (found.act == "tool.read" && found.outcome != "error") ||
                       ((found.act == "tool.change" || found.act == "tool.run") &&
                        (found.outcome == "allow" || found.outcome == "deny"));
  const auto record =
      decides && found.tenant == tenant
          ? json::Document::parse(found.line)
          : base::Result<json::Document>(base::make_error(base::Code::NotFound, ""));
  if (!record) return std::nullopt;
  policy::RecordedCall call{.tool = text_at(*record, "/data/tool"),
                            .repository = text_at(*record, "/data/repository"),
                            .persona = text_at(*record, "/data/persona"),
                            .why = text_at(*record, "/pol/why")};
  const auto roles = record->root().pointer("/actor/roles");
  call.roles = (roles ? json::texts_of(*roles) : std::nullopt).value_or(std::vector<std::string>());
  call.at = base::parse_utc(found.time).value_or(base::WallTime());
  if (call.tool.empty()) return std::nullopt;  // a list of tools
  return call;
}

std::string shown(const policy::RecordedCall& call, const policy::Replayed& now) {
  const std::string_view then = call.why;
  const std::string_view after = now.change == Change::Refused ? policy::to_string(now.reason)
                                 : now.change == Change::Asks  ? "APPROVAL_REQUIRED"
                                                               : "would get further";
  return fmt::format("{} {} as {} ({}): {} -> {}", call.tool,
                     call.repository.empty() ? "-" : call.repository, call.persona,
                     fmt::join(call.roles, ","), then, after);
}

/// What would come out otherwise, and how often.
struct Tally {
  uint64_t calls = 0;
  uint64_t open = 0;  ///< nobody can say
  std::map<std::string, uint64_t> changed;
};

void print(const Options& options, const Tally& tally) {
  uint64_t changed = 0;
  for (const auto& [line, count] : tally.changed) {
    fmt::print("{:>7} {}\n", count, line);
    changed += count;
  }
  fmt::print(
      "{} calls against {}: {} would come out otherwise, {} cannot be judged by their records.\n"
      "Records hold no arguments: refs, paths, sizes, effects and labels are not judged.\n",
      tally.calls, options.file, changed, tally.open);
}

/// 0 when all come out as they did, 1 when some do not.
int replay(const Options& options) {
  const auto policy = read_policy_file(options.file);
  if (!policy) {
    fmt::print(stderr, "{}\n", policy.error().message);
    return kUsage;
  }
  base::PosixFileSystem files;
  audit::StreamReader reader(files, options.data + "/audit/tools");
  if (auto skipped = reader.skip_to_last(options.last); !skipped) return fail_with(skipped.error());
  Tally tally;
  const auto read = reader.read_on([&](const audit::Found& found) {
    const auto call = call_of(found, policy->tenant);
    if (!call) return;
    ++tally.calls;
    const policy::Replayed now = policy::replay(*policy, *call);
    if (now.change == Change::CannotSay) ++tally.open;
    if (now.change != Change::CannotSay && now.change != Change::None) {
      ++tally.changed[shown(*call, now)];
    }
  });
  if (!read) return fail_with(read.error());
  print(options, tally);
  return tally.changed.empty() ? kOk : 1;
}

}  // namespace

void add_policy_replay(Command noun) {
  const Command command =
      noun.add_subcommand("replay", "What a policy would have made of the calls in the audit log");
  command.set_footer(
      "Judged again by persona, role, repository, rules and hours, as far as records tell. Exit\n"
      "code 1 when something would come out otherwise.\n\n"
      "Example:\n"
      "  srasta policy replay acme-43.yaml --last 10000");
  Options& options = command.keep(Options());
  command.add_option("FILE", options.file, "The policy", {.required = true});
  command.add_option("--data", options.data, "Data folder");
  command.add_option("--last", options.last, "Records at the end of the log to look at",
                     {.show_default = true});
  command.set_action([&options] { return replay(options); });
}

}  // namespace srasta::cli
