#include "cli/audit.h"

#include "audit/verified_tail.h"
#include "audit/verifier.h"
#include "base/file.h"
#include "cli/audit_checkpoint.h"
#include "cli/audit_checkpointer.h"
#include "cli/audit_erasure.h"
#include "cli/audit_export.h"
#include "cli/audit_proofs.h"
#include "cli/audit_query.h"
#include "cli/audit_retention.h"
#include "cli/audit_sinks.h"
#include "cli/audit_verify.h"
#include "cli/data_folder.h"
#include "cli/exit_code.h"
#include "tlog/note.h"

#include <cstdio>
#include <poll.h>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr int kFollowMillis = 250;

int unreadable(const base::Error& error) {
  fmt::print(stderr, "srasta: {}\n", error.message);
  return kUnreadable;
}

audit::StreamReader reader_of(base::FileSystem& files, const AuditSource& source) {
  return audit::StreamReader(files, source.data_folder + "/audit/" + source.stream());
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

void add_tail(Command audit, const AuditSource& source) {
  const Command command = audit.add_subcommand("tail", "Show the newest records");
  AuditTail& tail = command.keep(AuditTail());
  command.add_option("-n", tail.last, "how many to begin with", {.show_default = true});
  command.add_flag("-f,--follow", tail.follow, "show new ones as they come");
  command.add_flag("--json", tail.json, "lines as they are stored");
  command.add_flag("--verify", tail.verify, "verify each record before it is shown");
  command.add_option("--trust", tail.trust, "with --verify: file with the log key");
  command.set_action([&source, &tail] { return run_audit_tail(source, tail); });
}

struct Search {
  audit::Query query;
  std::string subject;  ///< with the query's tenant; empty: whoever fits the query
  bool json = false;
};

int run_search(const AuditSource& source, Search& search) {
  if (search.subject.empty()) return run_audit_search(source, search.query, search.json);
  const auto looked = look_for_subject(
      source, {.id = search.subject, .tenant = search.query.tenant.value_or("")}, search.query);
  if (looked) return run_audit_search(source, search.query, search.json);
  (void)unreadable(looked.error());
  return looked.error().code == base::Code::NotFound ? kNegative : kUnreadable;
}

void add_search(Command audit, const AuditSource& source) {
  const Command command = audit.add_subcommand("search", "Find records");
  Search& search = command.keep(Search());
  add_query_options(command, search.query, "--out,--outcome");
  command.add_option("--subject", search.subject,
                     "id of the caller as the provider gives it, with --tenant",
                     {.needs = "--tenant", .excludes = {"--actor"}});
  command.add_flag("--json", search.json, "lines as they are stored");
  command.set_action([&source, &search] { return run_search(source, search); });
}

/// Reads once, or again and again. A record that does not hold is another end than a stream that
/// cannot be read.
template <typename ReadOn>
int follow(const AuditTail& tail, ReadOn read_on) {
  while (true) {
    const auto read = read_on();
    std::fflush(stdout);
    if (!read) {
      (void)unreadable(read.error());
      return tail.verify && read.error().code == base::Code::Corrupt ? kNegative : kUnreadable;
    }
    if (!tail.follow || std::ferror(stdout) != 0) return 0;
    ::poll(nullptr, 0, kFollowMillis);
  }
}

base::Result<std::vector<tlog::VerifierKey>> trusted_keys(base::FileSystem& files,
                                                          const std::string& path) {
  if (path.empty()) return std::vector<tlog::VerifierKey>();
  SRASTA_TRY_ASSIGN(const std::string text, base::read_file(files, path, tlog::kMostNoteBytes));
  return audit::parse_trusted_keys(text);
}

int run_verified_tail(base::FileSystem& files, const AuditSource& source, const AuditTail& tail) {
  auto keys = trusted_keys(files, tail.trust);
  if (!keys) {
    (void)unreadable(keys.error());
    return kWrongInput;
  }
  auto opened = audit::VerifiedTail::open(files, {.audit_folder = source.data_folder + "/audit",
                                                  .stream = source.stream(),
                                                  .trusted = *std::move(keys),
                                                  .last = tail.last});
  if (!opened) {
    (void)unreadable(opened.error());
    return opened.error().code == base::Code::Corrupt ? kNegative : kUnreadable;
  }
  // Lines as stored stay alone on standard output.
  std::FILE* const marks = tail.json ? stderr : stdout;
  const audit::VerifiedTail::Show show{
      .record = [&](const audit::Found& record) { print_record(record, tail.json); },
      .bound =
          [&](uint64_t size) {
            fmt::print(marks, "-- the checkpoint of {} records binds all up to here --\n", size);
          },
      .unbound = [&] { fmt::print(marks, "-- from here on, not bound by a checkpoint yet --\n"); }};
  return follow(tail, [&] { return (*opened)->read_on(show); });
}

}  // namespace

int run_audit_tail(const AuditSource& source, const AuditTail& tail) {
  base::PosixFileSystem files;
  if (tail.verify) return run_verified_tail(files, source, tail);
  audit::StreamReader reader = reader_of(files, source);
  if (auto skipped = reader.skip_to_last(tail.last); !skipped) return unreadable(skipped.error());
  const auto show = [&](const audit::Found& record) { print_record(record, tail.json); };
  return follow(tail, [&] { return reader.read_on(show); });
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

void add_audit(Command root, const config::Environment& environment) {
  const Command audit = root.add_subcommand("audit", "The tamper-evident log");
  audit.require_subcommand();
  audit.set_usage_code(kWrongInput);
  audit.accept_options_anywhere();
  AuditSource& source = audit.keep(AuditSource{.data_folder = default_data_folder()});
  audit.add_option("--data,--dir", source.data_folder, "data folder", {.show_default = true});
  audit.add_option("--stream", source.named_stream,
                   "which one (default: gateway; for complete all, for verify always all)");
  add_audit_verify(audit, source);
  add_audit_proofs(audit, source);
  add_audit_checkpoint(audit, source);
  add_audit_checkpointer(audit, source, environment);
  add_audit_erasure(audit, source);
  add_audit_retention(audit, source, environment);
  add_audit_sinks(audit, source.data_folder, environment);
  add_tail(audit, source);
  add_search(audit, source);
  add_audit_export(audit, source);
}

}  // namespace srasta::cli
