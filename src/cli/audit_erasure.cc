#include "cli/audit_erasure.h"

#include "audit/erasures.h"
#include "audit/install_id.h"
#include "audit/label.h"
#include "audit/retention.h"
#include "base/entropy.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/operator_log.h"
#include "erasure/salt_store.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr std::string_view kNoKey =
    "there is no key of this subject: no record can be told to be about it by a commitment";

int exit_code_of(const base::Error& error) {
  print_error(error);
  switch (error.code) {
    case base::Code::NotFound:
    case base::Code::Denied:
    case base::Code::Corrupt:
      return kNegative;
    case base::Code::Invalid:
      return kWrongInput;
    default:
      return kUnreadable;
  }
}

erasure::SubjectRef ref_of(const AuditSubject& subject) {
  return {.tenant = subject.tenant, .id = subject.id};
}

/// The keys of a stream, as this command opens them.
class Salts {
 public:
  explicit Salts(const AuditSource& source)
      : opened_(erasure::SaltStore::open_existing(source.data_folder + "/audit/" + source.stream(),
                                                  entropy_)) {
    if (!opened_ && opened_.error().code == base::Code::NotFound) {
      opened_ = base::make_error(base::Code::NotFound, std::string(kNoKey));
    }
  }
  [[nodiscard]] base::Result<std::unique_ptr<erasure::SaltStore>>& opened() { return opened_; }

 private:
  base::SystemEntropy entropy_;
  base::Result<std::unique_ptr<erasure::SaltStore>> opened_;
};

base::Result<audit::Commitment> commitment_of(const AuditSource& source,
                                              const AuditSubject& subject) {
  Salts salts(source);
  if (!salts.opened()) return salts.opened().error();
  SRASTA_TRY_ASSIGN(const auto found, (*salts.opened())->find(ref_of(subject)));
  if (!found) return base::make_error(base::Code::NotFound, std::string(kNoKey));
  return *found;
}

bool confirmed(const AuditSource& source) {
  fmt::print(
      "This erases the key of one subject in the stream {}. Its records stay and verify as before, "
      "but\nnobody can tell any more whose they are, and no search by subject finds them. Only a "
      "backup that\nstill has the key could undo it. Type yes to go on: ",
      source.stream());
  std::fflush(stdout);
  std::string answer;
  return std::getline(std::cin, answer) && answer == "yes";
}

struct Outcome {
  bool now = false;             ///< a key was erased, not only recorded
  std::optional<uint64_t> seq;  ///< of the record
};

/// The key goes first, so that no record says what is not true. What a crash leaves unrecorded is
/// known by the total, which changes together with the key.
base::Result<Outcome> carry_out(const AuditSource& source, const AuditSubject& subject,
                                erasure::SaltStore& salts) {
  base::PosixFileSystem files;
  const std::string audit_folder = source.data_folder + "/audit";
  // With the lock of `operator`, so that no hold comes in between.
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open(source.data_folder));
  SRASTA_TRY_ASSIGN(const std::string install_id, audit::read_install_id(files, audit_folder));
  SRASTA_TRY_ASSIGN(const auto holds, audit::read_holds(files, audit_folder, install_id));
  SRASTA_TRY(audit::check_holds(holds, source.stream()));
  SRASTA_TRY_ASSIGN(const uint64_t told,
                    audit::read_erased(files, audit_folder, install_id, source.stream()));
  SRASTA_TRY_ASSIGN(const auto erased, salts.erase(ref_of(subject), told));
  Outcome outcome{.now = erased.now};
  if (erased.total > told) {
    SRASTA_TRY(salts.scrub());
    const audit::Erasures all{.stream = source.stream(), .total = erased.total};
    SRASTA_TRY_ASSIGN(outcome.seq, log->write(audit::erased_event(all, erased.total - told)));
  }
  SRASTA_TRY(log->close());
  return outcome;
}

/// Whether a crash may have kept an erasure from being recorded. What cannot be read is looked at
/// again with the lock, by who mends it.
bool may_be_unrecorded(const AuditSource& source, erasure::SaltStore& salts) {
  base::PosixFileSystem files;
  const std::string audit_folder = source.data_folder + "/audit";
  const auto total = salts.total();
  const auto install_id = audit::read_install_id(files, audit_folder);
  if (!total || !install_id) return true;
  const auto told = audit::read_erased(files, audit_folder, *install_id, source.stream());
  return !told || *told < *total;
}

void add_subject_options(Command command, AuditSubject& subject) {
  command.add_option("--subject", subject.id, "id of the caller, as the provider gives it",
                     {.required = true});
  command.add_option("--tenant", subject.tenant, "tenant of the caller", {.required = true});
}

}  // namespace

int run_audit_erase(const AuditSource& source, const AuditSubject& subject, bool yes) {
  Salts opened(source);
  if (!opened.opened()) return exit_code_of(opened.opened().error());
  erasure::SaltStore& salts = **opened.opened();
  const auto found = salts.find(ref_of(subject));
  if (!found) return exit_code_of(found.error());
  if (!*found && !may_be_unrecorded(source, salts)) {
    return exit_code_of(base::make_error(
        base::Code::NotFound,
        std::string(kNoKey) + ", and nothing was changed" +
            (audit::Subject::is_plain(subject.id)
                 ? "; records may hold it as it is, which cannot be erased (audit.identifiers)"
                 : "")));
  }
  if (*found && !yes && !confirmed(source)) {
    return exit_code_of(base::make_error(base::Code::Denied, "not confirmed: nothing was erased"));
  }
  const auto outcome = carry_out(source, subject, salts);
  if (!outcome) return exit_code_of(outcome.error());
  if (!outcome->now && !outcome->seq) {
    return exit_code_of(base::make_error(base::Code::NotFound, std::string(kNoKey)));
  }
  fmt::print("OK {} (operator {})\n",
             outcome->now ? "the key of this subject is erased"
                          : "an erasure that ended half done is finished; this subject has no key",
             outcome->seq.value_or(0));
  return kOk;
}

int run_audit_subject(const AuditSource& source, const AuditSubject& subject) {
  const auto commitment = commitment_of(source, subject);
  if (!commitment) return exit_code_of(commitment.error());
  fmt::print("{}\n", commitment->view());
  return kOk;
}

base::Result<void> look_for_subject(const AuditSource& source, const AuditSubject& subject,
                                    audit::Query& query) {
  const auto commitment = commitment_of(source, subject);
  const bool no_key = !commitment && commitment.error().code == base::Code::NotFound;
  query.tenant = subject.tenant;
  if (no_key && audit::Subject::is_plain(subject.id)) {
    query.actor = subject.id;
    return {};
  }
  if (!commitment) return commitment.error();
  query.actor = std::string(commitment->view());
  return {};
}

void add_audit_erasure(Command audit, const AuditSource& source) {
  AuditSubject& subject = audit.keep(AuditSubject());
  bool& yes = audit.keep(false);
  const Command erasing = audit.add_subcommand(
      "erase", "Erase the key with which a person's records can be told to be theirs");
  add_subject_options(erasing, subject);
  erasing.add_flag("--yes", yes, "do not ask");
  erasing.set_action([&source, &subject, &yes] { return run_audit_erase(source, subject, yes); });
  const Command showing =
      audit.add_subcommand("subject", "Show by which commitment records name somebody");
  add_subject_options(showing, subject);
  showing.set_action([&source, &subject] { return run_audit_subject(source, subject); });
}

}  // namespace srasta::cli
