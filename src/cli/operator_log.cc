#include "cli/operator_log.h"

#include "audit/install_id.h"
#include "audit/pruned_prefix.h"
#include "base/ulid.h"
#include "srasta_version.h"

#include <future>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace srasta::cli {
namespace {

constexpr base::Millis kMostWait{10'000};

/// What root writes, a service user cannot read.
base::Result<void> check_owner(const std::string& audit_folder) {
  struct stat status{};
  if (::stat(audit_folder.c_str(), &status) != 0) {
    return base::make_error(base::Code::NotFound, audit_folder + " is not there");
  }
  if (status.st_uid == ::geteuid()) return {};
  return base::make_error(base::Code::Denied,
                          audit_folder + " belongs to the user with the id " +
                              std::to_string(status.st_uid) +
                              "; run this as that user (setpriv --reuid, runuser -u, sudo -u)");
}

/// `user` outlives the event.
void name_user(audit::Event& event, std::string_view user) {
  event.actor.id = audit::Subject(user);
  event.actor.kind = audit::ActorKind::User;
}

}  // namespace

std::string host_user() {
  return "uid:" + std::to_string(::geteuid());
}

std::string new_name() {
  base::SystemEntropy entropy;
  return base::make_ulid(base::SystemClock().wall(), entropy);
}

bool is_up(base::FileSystem& files, const std::string& data_folder) {
  const std::string path = data_folder + "/run/up.lock";
  if (!files.identity(path)) return false;
  const auto lock = files.open(path, base::OpenMode::ReadWrite);
  if (!lock) return false;
  const auto taken = (*lock)->lock();
  return !taken && taken.error().code == base::Code::Conflict;
}

base::Result<std::unique_ptr<OperatorLog>> OperatorLog::open(const std::string& data_folder) {
  const std::string folder = data_folder + "/audit";
  SRASTA_TRY(check_owner(folder));
  auto log = std::make_unique<OperatorLog>();
  SRASTA_TRY(log->open_ledger(folder));
  return log;
}

base::Result<std::unique_ptr<OperatorLog>> OperatorLog::open_as_owner(
    const std::string& data_folder) {
  const std::string folder = data_folder + "/audit";
  const auto owner = process::owner_to_act_as(folder);
  if (!owner) return open(data_folder);
  auto log = std::make_unique<OperatorLog>();
  log->owner_ = owner;
  const process::ActingAs acting(log->owner_);
  SRASTA_TRY(log->open_ledger(folder));
  return log;
}

base::Result<void> OperatorLog::open_ledger(const std::string& folder) {
  SRASTA_TRY_ASSIGN(std::string id, audit::read_install_id(files_, folder));
  SRASTA_TRY_ASSIGN(ledger_, audit::Ledger::open(files_, clock_, entropy_,
                                                 {.folder = folder,
                                                  .stream = std::string(audit::kOperatorStream),
                                                  .service = "cli",
                                                  .release = SRASTA_VERSION,
                                                  .install_id = std::move(id),
                                                  .must_wait = kMostWait,
                                                  .gather = base::Millis(0),
                                                  .head_every = base::Millis(0)}));
  return {};
}

OperatorLog::~OperatorLog() {
  (void)close();
}

base::Result<audit::Intent> OperatorLog::declare(audit::Event event, const std::string& name) {
  const std::string user = host_user();
  name_user(event, user);
  event.corr.request = audit::Label(std::string_view(name));
  std::promise<base::Result<audit::Intent>> done;
  auto declared = done.get_future();
  audit::Intent::declare(*ledger_, event, [&done](base::Result<audit::Intent> intent) {
    done.set_value(std::move(intent));
  });
  return declared.get();
}

void OperatorLog::end(audit::Intent intent, audit::Event event) {
  const std::string user = host_user();
  name_user(event, user);
  (void)std::move(intent).end(event);
}

base::Result<uint64_t> OperatorLog::write(audit::Event event) {
  const std::string user = host_user();
  name_user(event, user);
  std::promise<base::Result<audit::Receipt>> done;
  auto receipt = done.get_future();
  ledger_->append_durable(
      event, [&done](base::Result<audit::Receipt> outcome) { done.set_value(std::move(outcome)); });
  SRASTA_TRY_ASSIGN(const audit::Receipt written, receipt.get());
  return written.seq;
}

base::Result<void> OperatorLog::close() {
  if (!ledger_) return {};
  const process::ActingAs owner(owner_);
  return ledger_->close();
}

}  // namespace srasta::cli
