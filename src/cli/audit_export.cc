#include "cli/audit_export.h"

#include "audit/bundle.h"
#include "audit/growing_file.h"
#include "audit/intact_records.h"
#include "audit/record_csv.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/audit_query.h"
#include "cli/exit_code.h"
#include "tlog/note.h"
#include "tlog/policy.h"

#include <cstdio>
#include <functional>
#include <optional>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

enum class Form : uint8_t { Csv, Lines, Bundle };

struct Export {
  audit::Query query;
  std::optional<Form> form;
  std::string out;
};

struct BundleCheck {
  std::string bundle;
  std::string trust;
  std::string witness;
};

int exit_code_of(const base::Error& error) {
  print_error(error);
  switch (error.code) {
    case base::Code::NotFound:
      return kNotYet;
    case base::Code::Corrupt:
      return kNegative;
    case base::Code::Invalid:
      return kWrongInput;
    default:
      return kUnreadable;
  }
}

using Sink = std::function<base::Result<void>(std::string_view)>;

/// Gives the records that fit to `sink`; how many there were.
base::Result<uint64_t> write_records(base::FileSystem& files, const AuditSource& source,
                                     const Export& wanted, const Sink& sink) {
  uint64_t count = 0;
  std::string text;
  if (wanted.form == Form::Csv) SRASTA_TRY(sink(audit::csv_header()));
  SRASTA_TRY(audit::read_intact_records(files, source.data_folder + "/audit/" + source.stream(),
                                        [&](const audit::Found& record) -> base::Result<void> {
                                          if (!fits(record, wanted.query)) return {};
                                          ++count;
                                          text.clear();
                                          if (wanted.form == Form::Csv) {
                                            audit::append_csv(text, record.line);
                                          } else {
                                            text.append(record.line).append("\n");
                                          }
                                          return sink(text);
                                        }));
  return count;
}

base::Result<void> print_bytes(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
  return base::make_error(base::Code::Io, "standard output cannot be written");
}

/// The file is there as a whole or not at all.
base::Result<uint64_t> write_file(base::FileSystem& files, const AuditSource& source,
                                  const Export& wanted) {
  const std::string draft = wanted.out + ".part";
  SRASTA_TRY_ASSIGN(auto file, audit::GrowingFile::create(files, draft));
  auto count = write_records(files, source, wanted,
                             [&](std::string_view bytes) { return file.append(bytes); });
  auto written = file.flush();
  if (written) written = file.file().sync();
  if (count && *count > 0 && written) {
    SRASTA_TRY(audit::publish_draft(files, draft, wanted.out));
    return count;
  }
  (void)files.remove(draft);
  if (count && !written) return std::move(written).error();
  return count;
}

int export_text(const AuditSource& source, const Export& wanted) {
  base::PosixFileSystem files;
  auto count = wanted.out.empty() ? write_records(files, source, wanted, print_bytes)
                                  : write_file(files, source, wanted);
  if (!count) {
    // Here a stream that is not there is no matter of time.
    const bool absent = count.error().code == base::Code::NotFound;
    const int code = exit_code_of(count.error());
    return absent ? kUnreadable : code;
  }
  return *count > 0 ? kOk : kNegative;
}

int export_bundle(const AuditSource& source, const Export& wanted) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  const auto made = audit::write_bundle(files, {.audit_folder = source.data_folder + "/audit",
                                                .stream = source.stream(),
                                                .query = wanted.query,
                                                .time = clock.wall(),
                                                .out = wanted.out});
  if (!made) return exit_code_of(made.error());
  if (made->not_covered > 0) {
    fmt::print(
        stderr,
        "srasta: left out {} records: the checkpoint of {} records does not cover them yet\n",
        made->not_covered, made->size);
  }
  if (made->records == 0) {
    fmt::print(stderr, "srasta: nothing was written: no covered record fits\n");
    return made->not_covered > 0 ? kNotYet : kNegative;
  }
  fmt::print("OK {} records, {} to {}, each with its proof, in {}\n", made->records, made->first,
             made->last, wanted.out);
  return kOk;
}

int run_export(const AuditSource& source, const Export& wanted) {
  if (!wanted.form) {
    print_error(base::make_error(base::Code::Invalid, "one of --csv, --jsonl, --bundle is wanted"));
    return kWrongInput;
  }
  if (wanted.form != Form::Bundle) return export_text(source, wanted);
  if (!wanted.out.empty()) return export_bundle(source, wanted);
  print_error(base::make_error(base::Code::Invalid, "--bundle needs --out FILE"));
  return kWrongInput;
}

std::string sentence(const audit::BundleReport& report, bool trusted, bool asks_witnesses) {
  const audit::BundleManifest& manifest = report.manifest;
  const bool lacking = asks_witnesses && !report.is_witnessed();
  std::string seen;
  if (lacking) seen = ", but not cosigned as the policy asks";
  if (asks_witnesses && !lacking) {
    seen = fmt::format(", {} of them witnessed", report.witnessed.value_or(0));
  }
  return fmt::format(
      "{} ({} records of {}/{}, {} to {}, each proven to be in the log of {} records{}, {})",
      lacking ? "UNANCHORED" : "OK", manifest.records, manifest.installation, manifest.stream,
      manifest.first, manifest.last, manifest.size, seen,
      trusted ? "trusted log key" : "log key of the bundle itself");
}

int check_bundle(const BundleCheck& wanted) {
  base::PosixFileSystem files;
  audit::BundleOptions options;
  if (!wanted.trust.empty()) {
    const auto text = base::read_file(files, wanted.trust, tlog::kMostNoteBytes);
    auto keys = text ? audit::parse_trusted_keys(*text) : text.error();
    if (!keys) {
      print_error(
          base::make_error(base::Code::Invalid, wanted.trust + ": " + keys.error().message));
      return kWrongInput;
    }
    options.trusted = *std::move(keys);
  }
  if (!wanted.witness.empty()) {
    const auto text = base::read_file(files, wanted.witness, tlog::kMostPolicyBytes);
    auto policy = text ? tlog::Policy::parse(*text) : text.error();
    if (!policy) {
      print_error(
          base::make_error(base::Code::Invalid, wanted.witness + ": " + policy.error().message));
      return kWrongInput;
    }
    options.policy = *std::move(policy);
  }
  const auto report = audit::check_bundle(files, wanted.bundle, options);
  if (!report && report.error().code == base::Code::Corrupt) {
    fmt::print("VIOLATED ({})\n", report.error().message);
    return kNegative;
  }
  if (!report) {
    fmt::print("UNREADABLE (no verdict: {})\n", report.error().message);
    return kUnreadable;
  }
  const bool asks_witnesses = options.policy.has_value();
  fmt::print("{}\n", sentence(*report, !options.trusted.empty(), asks_witnesses));
  if (report->manifest.not_covered > 0) {
    fmt::print("left out: {} records that no checkpoint covered then\n",
               report->manifest.not_covered);
  }
  return asks_witnesses && !report->is_witnessed() ? kNotYet : kOk;
}

}  // namespace

void add_audit_export(Command audit, const AuditSource& source) {
  const Command exporting = audit.add_subcommand("export", "Write records for somebody else");
  Export& wanted = exporting.keep(Export());
  add_query_options(exporting, wanted.query, "--outcome");
  const auto add_form = [&](const char* name, Form form, const char* what,
                            const OptionRules& rules = {}) {
    exporting.add_flag(name, [&wanted, form] { wanted.form = form; }, what, rules);
  };
  add_form("--csv", Form::Csv, "a table");
  add_form("--jsonl", Form::Lines, "lines as they are stored", {.excludes = {"--csv"}});
  add_form("--bundle", Form::Bundle, "one file that can be checked without the log",
           {.excludes = {"--csv", "--jsonl"}});
  exporting.add_option("--out", wanted.out, "file (default: standard output)");
  exporting.set_action([&source, &wanted] { return run_export(source, wanted); });

  const Command checking =
      audit.add_subcommand("check-bundle", "Check an evidence bundle without the log");
  BundleCheck& check = checking.keep(BundleCheck());
  checking.add_option("FILE", check.bundle, "what `export --bundle` wrote", {.required = true});
  checking.add_option("--trust", check.trust, "file with the log key, as you know it");
  checking.add_option("--witness", check.witness,
                      "file with a policy: which witnesses must have cosigned (C2SP tlog-policy)");
  checking.set_action([&check] { return check_bundle(check); });
}

}  // namespace srasta::cli
