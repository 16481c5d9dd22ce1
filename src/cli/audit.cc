#include "cli/audit.h"

#include "audit/act.h"
#include "base/file.h"
#include "cli/audit_proofs.h"
#include "cli/audit_retention.h"
#include "cli/audit_verify.h"
#include "cli/data_folder.h"

#include <cstdio>
#include <memory>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr int kUnreadable = 3;
constexpr int kFollowMillis = 250;

int unreadable(const base::Error& error) {
  fmt::print(stderr, "srasta: {}\n", error.message);
  return kUnreadable;
}

audit::StreamReader reader_of(base::FileSystem& files, const AuditSource& source) {
  return audit::StreamReader(files, source.data_folder + "/audit/" + source.stream);
}

void print_record(const audit::Found& record, bool json) {
  if (json) {
    fmt::print("{}\n", record.line);
    return;
  }
  fmt::print("{} {:>8} {:<19} {:<7} {}@{}", record.time, record.seq, record.act, record.outcome,
             record.actor, record.tenant);
  if (!record.request.empty()) fmt::print(" {}", record.request);
  if (!record.reason.empty()) fmt::print(" reason={}", record.reason);
  fmt::print("\n");
}

/// Values of a closed vocabulary that are misspelt would find nothing and look like an answer.
std::string check_act(const std::string& act) {
  if (act.ends_with('.') || audit::find_act(act)) return {};
  return "no such act; give a whole one, as in auth.fail, or a family, as in auth.";
}

std::string check_outcome(const std::string& outcome) {
  if (audit::find_outcome(outcome)) return {};
  return "allowed: allow, deny, error, ok, unknown";
}

void add_tail(CLI::App& audit, AuditSource& source, AuditTail& tail, int& exit_code) {
  CLI::App* const command = audit.add_subcommand("tail", "Show the newest records");
  command->add_option("-n", tail.last, "how many to begin with")->capture_default_str();
  command->add_flag("-f,--follow", tail.follow, "show new ones as they come");
  command->add_flag("--json", tail.json, "lines as they are stored");
  command->callback([&] { exit_code = run_audit_tail(source, tail); });
}

struct Search {
  audit::Query query;
  bool json = false;
};

void add_search(CLI::App& audit, AuditSource& source, Search& search, int& exit_code) {
  CLI::App* const command = audit.add_subcommand("search", "Find records");
  command->add_option("--act", search.query.act, "as in auth.fail, or a family, as in auth.")
      ->check(check_act);
  command->add_option("--actor", search.query.actor, "id of the principal");
  command->add_option("--tenant", search.query.tenant, "tenant of the principal");
  command->add_option("--out", search.query.outcome, "allow, deny, error, ok or unknown")
      ->check(check_outcome);
  command->add_option("--request", search.query.request, "value of x-request-id");
  command->add_option("--since", search.query.since, "UTC, as in 2026-11-24T09:05 (inclusive)")
      ->check(check_audit_time);
  command->add_option("--until", search.query.until, "UTC (exclusive)")->check(check_audit_time);
  command->add_flag("--json", search.json, "lines as they are stored");
  command->callback([&] { exit_code = run_audit_search(source, search.query, search.json); });
}

}  // namespace

std::string check_audit_time(const std::string& time) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
  const auto fits = [&](size_t i) {
    return kForm[i] == '0' ? time[i] >= '0' && time[i] <= '9' : time[i] == kForm[i];
  };
  for (size_t i = 0; i < time.size(); ++i) {
    if (i >= kForm.size() || !fits(i)) return "give UTC as in 2026-11-24T09:05, or a part of it";
  }
  return time.size() < 4 ? "give at least a year" : "";
}

int run_audit_tail(const AuditSource& source, const AuditTail& tail) {
  base::PosixFileSystem files;
  audit::StreamReader reader = reader_of(files, source);
  if (auto skipped = reader.skip_to_last(tail.last); !skipped) return unreadable(skipped.error());
  while (true) {
    const auto read =
        reader.read_on([&](const audit::Found& record) { print_record(record, tail.json); });
    if (!read) return unreadable(read.error());
    std::fflush(stdout);
    if (!tail.follow || std::ferror(stdout) != 0) return 0;
    ::poll(nullptr, 0, kFollowMillis);
  }
}

int run_audit_search(const AuditSource& source, const audit::Query& query, bool json) {
  base::PosixFileSystem files;
  uint64_t found = 0;
  audit::StreamReader reader = reader_of(files, source);
  const auto read = reader.read_on([&](const audit::Found& record) {
    if (!fits(record, query)) return;
    ++found;
    print_record(record, json);
  });
  if (!read) return unreadable(read.error());
  return found > 0 ? 0 : 1;
}

void add_audit(CLI::App& root, int& exit_code) {
  struct Options {
    AuditSource source{.data_folder = default_data_folder()};
    AuditVerify verify;
    AuditTail tail;
    Search search;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* const audit = root.add_subcommand("audit", "The tamper-evident log");
  audit->require_subcommand(1)->fallthrough();
  audit->add_option("--data", options->source.data_folder, "data folder")->capture_default_str();
  audit->add_option("--stream", options->source.stream, "which one, for all but verify")
      ->capture_default_str();
  // The subcommands refer to the options; this keeps them as long as the command line.
  audit->preparse_callback([options](size_t) {});
  add_audit_verify(*audit, options->verify, options->source.data_folder, exit_code);
  add_audit_proofs(*audit, options->source, exit_code);
  add_audit_retention(*audit, options->source, exit_code);
  add_tail(*audit, options->source, options->tail, exit_code);
  add_search(*audit, options->source, options->search, exit_code);
}

}  // namespace srasta::cli
