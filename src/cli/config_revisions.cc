#include "cli/config_revisions.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "cli/exit_code.h"
#include "cli/operator_client.h"
#include "config/operator_file.h"
#include "json/writer.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kConfig = "/srasta/v1/admin/config";
constexpr uint64_t kMostBytes = 1 << 20;
constexpr size_t kShownDigits = 12;

struct ChangeOptions {
  std::string* data = nullptr;
  std::string what;  ///< a file, or the number of a revision
  std::string note;
  bool dry_run = false;
};

/// The members of `changes`, one a line, and what cannot be applied.
base::Result<void> show_differences(const std::string& checked) {
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(checked));
  const auto changes = document.root().find("changes");
  for (size_t index = 0; changes && index < changes->size(); ++index) {
    const json::Value change = changes->at(index);
    fmt::print("{}: {} -> {}\n", shown(change, "key"), shown(change, "before"),
               shown(change, "after"));
  }
  if (!changes || changes->size() == 0) fmt::print("no setting changes\n");
  constexpr auto kBars = std::to_array<std::pair<const char*, const char*>>(
      {{"host_only", "only by editing the file on the host: "},
       {"restart", "only by starting again: "},
       {"owner_only", "by owners only: "}});
  for (const auto& [member, meaning] : kBars) {
    if (const std::string keys = shown(document.root(), member); keys != "-") {
      fmt::print("{}{}\n", meaning, keys);
    }
  }
  return {};
}

base::Result<std::string> apply(const ChangeOptions& options) {
  const OperatorClient client(*options.data);
  SRASTA_TRY_ASSIGN(const std::string yaml, config::read_operator_file(options.what, kMostBytes));
  json::Writer writer;
  writer.begin_object().member("yaml", std::string_view(yaml));
  if (options.dry_run) {
    SRASTA_TRY_ASSIGN(const std::string checked,
                      client.ask("POST", kConfig + "/check", writer.end_object().take()));
    SRASTA_TRY(show_differences(checked));
    return std::string();
  }
  writer.member("note", std::string_view(options.note));
  return client.ask("PUT", kConfig, writer.end_object().take());
}

base::Result<std::string> revert(const ChangeOptions& options) {
  const auto number = base::parse_u64(options.what);
  if (!number || *number > INT64_MAX) {
    return base::make_error(base::Code::Invalid,
                            "REVISION: a number; `srasta config history` shows them");
  }
  json::Writer writer;
  writer.begin_object().member("revision", static_cast<int64_t>(*number));
  writer.member("note", std::string_view(options.note));
  return OperatorClient(*options.data).ask("POST", kConfig + "/revert", writer.end_object().take());
}

int changed(const base::Result<std::string>& answer) {
  return answer && answer->empty() ? kOk : print_answer(answer);
}

std::string time_of(json::Value row) {
  const auto made = row.find("made");
  const auto seconds = made ? made->integer() : std::nullopt;
  return seconds ? base::format_utc(base::WallTime(base::Seconds(*seconds))).substr(0, 19) : "-";
}

int list(const std::string& data) {
  fmt::print("{:<5} {:<20} {:<9} {:<13} {:<24} {}\n", "NO", "MADE (UTC)", "STATE", "DIGEST", "BY",
             "NOTE");
  const auto listed =
      OperatorClient(data).each(kConfig + "/revisions", "revisions", [](json::Value row) {
        const auto number = row.find("revision")->integer().value_or(0);
        const std::string subject = shown(row, "subject");
        fmt::print("{:<5} {:<20} {:<9} {:<13} {:<24} {}\n", number, time_of(row),
                   shown(row, "state"), shown(row, "digest").substr(0, kShownDigits),
                   subject == "-" ? shown(row, "issuer") : subject,
                   shown(row, shown(row, "state") == "refused" ? "reason" : "note"));
      });
  return listed ? kOk : fail_with(listed.error());
}

int show(const ChangeOptions& options) {
  const auto answer =
      OperatorClient(*options.data).ask("GET", kConfig + "/revisions/" + options.what);
  if (!answer) return fail_with(answer.error());
  const auto document = json::Document::parse(*answer);
  const auto member = document ? document->root().find("yaml") : std::nullopt;
  const auto yaml = member ? member->string() : std::nullopt;
  if (!yaml) return fail_with(base::make_error(base::Code::Internal, "no text in the answer"));
  fmt::print("{}", *yaml);
  return kOk;
}

ChangeOptions& options_of(Command command, const char* name, const char* meaning) {
  ChangeOptions& options = command.keep(ChangeOptions());
  options.data = &add_data_option(command);
  command.add_option(name, options.what, meaning, {.required = true});
  return options;
}

void add_apply(Command config) {
  const Command command = config.add_subcommand(
      "apply", "Replace the configuration file of the running platform, and put it in force");
  ChangeOptions& options = options_of(command, "FILE", "The text that the file is to have");
  command.add_option("--note", options.note, "Why, for the history");
  command.add_flag("--dry-run", options.dry_run, "Only show what would change");
  command.set_footer(
      "Sinks and witnesses of the log, keys of licenses and whatever names a file change by "
      "editing\n"
      "the file on the host only. If a service does not take the new configuration, the file gets\n"
      "its former content back.\n\n"
      "Example:\n  srasta config apply new.yaml --note 'a second engine'");
  command.set_action([&options] { return changed(apply(options)); });
}

}  // namespace

void add_config_revisions(Command config) {
  add_apply(config);
  const Command listing =
      config.add_subcommand("history", "What the configuration file was before");
  const std::string& data = add_data_option(listing);
  listing.set_action([&data] { return list(data); });

  const Command showing = config.add_subcommand("show", "Print one of these texts");
  ChangeOptions& shown = options_of(showing, "REVISION", "Its number");
  showing.set_action([&shown] { return show(shown); });

  const Command reverting =
      config.add_subcommand("revert", "Put an earlier text in force again, as a new revision");
  ChangeOptions& reverted = options_of(reverting, "REVISION", "Its number");
  reverting.add_option("--note", reverted.note, "Why, for the history");
  reverting.set_action([&reverted] { return changed(revert(reverted)); });
}

}  // namespace srasta::cli
