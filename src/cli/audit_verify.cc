#include "cli/audit_verify.h"

#include "audit/ledger_completeness.h"
#include "audit/verifier.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/verdict_formats.h"
#include "tlog/note.h"
#include "tlog/policy.h"

#include <utility>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

base::Error in_file(const std::string& path, base::Error error) {
  error.message = path + ": " + error.message;
  return error;
}

base::Result<audit::VerifyOptions> read_options(base::FileSystem& files,
                                                const AuditVerify& verify) {
  audit::VerifyOptions options;
  if (!verify.trust.empty()) {
    SRASTA_TRY_ASSIGN(const std::string text,
                      base::read_file(files, verify.trust, tlog::kMostNoteBytes));
    auto keys = audit::parse_trusted_keys(text);
    if (!keys) return in_file(verify.trust, std::move(keys).error());
    options.trusted = *std::move(keys);
  }
  for (const std::string& path : verify.since) {
    SRASTA_TRY_ASSIGN(const std::string bytes, base::read_file(files, path, tlog::kMostNoteBytes));
    auto anchor = audit::parse_anchor(bytes, path);
    if (!anchor) return in_file(path, std::move(anchor).error());
    options.anchors.push_back(*std::move(anchor));
  }
  if (!verify.witness.empty()) {
    SRASTA_TRY_ASSIGN(const std::string text,
                      base::read_file(files, verify.witness, tlog::kMostPolicyBytes));
    auto policy = tlog::Policy::parse(text);
    if (!policy) return in_file(verify.witness, std::move(policy).error());
    options.policy = *std::move(policy);
  }
  return options;
}

std::string render(const audit::LedgerReport& report, const audit::LedgerCompleteness* complete,
                   AuditVerify::Format format) {
  switch (format) {
    case AuditVerify::Format::Json:
      return render_json(report, complete) + "\n";
    case AuditVerify::Format::Sarif:
      return render_sarif(report, complete) + "\n";
    case AuditVerify::Format::Text:
      break;
  }
  if (complete == nullptr) return report.text();
  // What decides stands first.
  return complete->complete() ? report.text() + complete->text() : complete->text() + report.text();
}

}  // namespace

int run_audit_verify(const AuditVerify& verify) {
  base::PosixFileSystem files;
  const auto options = read_options(files, verify);
  if (!options) {
    print_error(options.error());
    return kWrongInput;
  }
  const std::string folder = verify.data_folder + "/audit";
  const audit::LedgerReport report = audit::verify_ledger(files, folder, *options);
  // Of records that are not those that were written nothing can be concluded.
  if (!verify.complete || !report.intact()) {
    fmt::print("{}", render(report, nullptr, verify.format));
    return report.exit_code();
  }
  const auto found = audit::check_completeness(files, folder);
  if (!found) {
    print_error(found.error());
    return kUnreadable;
  }
  fmt::print("{}", render(report, &*found, verify.format));
  return found->complete() ? report.exit_code() : kNegative;
}

void add_audit_verify(Command audit, const AuditSource& source) {
  const Command command =
      audit.add_subcommand("verify", "Check every record, key and checkpoint of every stream");
  AuditVerify& verify = command.keep(AuditVerify());
  command.add_option("--trust", verify.trust, "file with the log key, as you know it");
  command.add_option("--since", verify.since, "file with a checkpoint that was kept elsewhere",
                     {.one_value_each = true});
  command.add_option("--witness", verify.witness,
                     "file with a policy: which witnesses must have cosigned (C2SP tlog-policy)");
  command.add_flag("--complete", verify.complete,
                   "and whether everything that began in any stream has an end");
  command.add_flag(
      "--json", [&verify] { verify.format = AuditVerify::Format::Json; }, "one JSON document");
  command.add_flag("--sarif", [&verify] { verify.format = AuditVerify::Format::Sarif; },
                   "one SARIF 2.1.0 document", {.excludes = {"--json"}});
  command.set_action([&verify, &source] {
    if (source.named_stream) {
      fmt::print(stderr,
                 "srasta: --stream: verify looks at all streams, because they bind each other; "
                 "its lines begin with the name of theirs\n");
      return kWrongInput;
    }
    verify.data_folder = source.data_folder;
    return run_audit_verify(verify);
  });
}

}  // namespace srasta::cli
