#include "admin/registry.h"

#include "access/compile.h"
#include "admin/access_publisher.h"
#include "admin/config_revisions.h"
#include "admin/database.h"
#include "config/operator_file.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

constexpr uint64_t kMostConfig = 1 << 20;

}  // namespace

base::Result<std::unique_ptr<Registry>> Registry::open(Settings settings, config::Loaded loaded) {
  SRASTA_TRY_ASSIGN(sql::Connection database, open_database(settings.data_folder));
  return std::make_unique<Registry>(Key{}, std::move(settings), std::move(database),
                                    std::move(loaded));
}

Registry::Registry(Key, Settings settings, sql::Connection database, config::Loaded loaded)
    : settings_(std::move(settings)),
      database_(std::move(database)),
      loaded_(std::move(loaded)),
      declared_(access::compile_access(loaded_)) {}

base::Result<std::shared_ptr<const access::AccessSnapshot>> Registry::in_force() const {
  return load_access(settings_.data_folder, settings_.access_key);
}

base::Result<LicenseState> Registry::license(int64_t wall, int64_t uptime) {
  SRASTA_TRY_ASSIGN(LicenseState state,
                    license_state(database_, settings_.licensing, wall, uptime));
  SRASTA_TRY(note_time(database_, state.clock));
  seats_ = state.license ? state.license->seats : std::nullopt;
  return state;
}

Answered<std::string> Registry::ask(const Actor& actor, int64_t now, const Question& question) {
  return question(desk(actor, now));
}

Answered<std::string> Registry::rehearse(const Actor& actor, int64_t now, const Edit& edit,
                                         service::Journal::Change& change) {
  SRASTA_STORE_ASSIGN(const sql::Transaction never_committed, database_.begin());
  return edit(desk(actor, now), change);
}

Answered<std::string> Registry::perform(const Actor& actor, int64_t now, const Edit& edit,
                                        service::Journal::Change& change) {
  SRASTA_STORE_ASSIGN(sql::Transaction transaction, database_.begin());
  SRASTA_ANSWER_ASSIGN(std::string answer, edit(desk(actor, now), change));
  SRASTA_STORE(run(database_, "UPDATE directory SET revision = revision + 1"));
  // A commit that fails may have become durable all the same.
  unsettled_ = true;
  SRASTA_STORE(transaction.commit());
  SRASTA_STORE(settle());
  return answer;
}

base::Result<void> Registry::declare(config::Loaded loaded) {
  loaded_ = std::move(loaded);
  declared_ = access::compile_access(loaded_);
  unsettled_ = true;
  return settle();
}

base::Result<void> Registry::note_file(int64_t now, Noted when) {
  if (settings_.config_file.empty()) return {};
  SRASTA_TRY_ASSIGN(const std::string yaml,
                    config::read_operator_file(settings_.config_file, kMostConfig));
  if (when == Noted::AtStart) SRASTA_TRY(settle_after_restart(database_, yaml));
  return note_config_file(database_, now, yaml, config::config_digest(loaded_));
}

base::Result<void> Registry::settle() {
  if (!unsettled_) return {};
  SRASTA_TRY(publish_access(settings_.data_folder, loaded_, settings_.access_key, &database_));
  unsettled_ = false;
  return {};
}

}  // namespace srasta::admin
