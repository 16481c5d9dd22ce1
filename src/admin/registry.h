#pragma once

#include "access/access_rules.h"
#include "access/snapshot.h"
#include "admin/desk.h"
#include "admin/licensing.h"
#include "base/secret.h"
#include "config/config.h"
#include "storage/sql.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace srasta::admin {

/// The database, and the access snapshot that follows from it. Every call blocks; one thread.
class Registry {
  struct Key {};

 public:
  struct Settings {
    std::string data_folder;
    base::Secret access_key;  ///< of the access snapshot
    Licensing licensing;
    std::string config_file = {};  ///< empty: there is none
  };
  /// Makes the database when there is none. Corrupt: it stays as it is.
  static base::Result<std::unique_ptr<Registry>> open(Settings settings, config::Loaded loaded);
  Registry(Key, Settings settings, sql::Connection database, config::Loaded loaded);

  [[nodiscard]] const Licensing& licensing() const { return settings_.licensing; }
  /// The configuration that was declared last.
  [[nodiscard]] const config::Loaded& loaded() const { return loaded_; }
  /// The access rules in force, by which the gateway judges requests.
  [[nodiscard]] base::Result<std::shared_ptr<const access::AccessSnapshot>> in_force() const;
  /// How the installation stands now, and notes the time.
  [[nodiscard]] base::Result<LicenseState> license(int64_t wall, int64_t uptime);

  [[nodiscard]] Answered<std::string> ask(const Actor& actor, int64_t now,
                                          const Question& question);
  /// What `perform` would answer; changes nothing.
  [[nodiscard]] Answered<std::string> rehearse(const Actor& actor, int64_t now, const Edit& edit,
                                               service::Journal::Change& change);
  /// Makes the change and puts it in force: afterwards every request is judged by it. If it is
  /// stored and cannot be put in force, that is an error, and `settle` will.
  [[nodiscard]] Answered<std::string> perform(const Actor& actor, int64_t now, const Edit& edit,
                                              service::Journal::Change& change);

  /// Runs `work`, which is called with a `Desk` of nobody and gives an `Answered`, in one
  /// transaction that is committed when it succeeds. For what changes nobody's rights: nothing is
  /// put in force.
  template <typename Work>
  auto transact(int64_t now, Work&& work) -> std::invoke_result_t<Work&, const Desk&> {
    auto transaction = database_.begin();
    if (!transaction) return std::unexpected(store_refusal(transaction.error()));
    auto done = work(desk(nobody_, now));
    if (!done) return done;
    if (auto kept = transaction->commit(); !kept) {
      return std::unexpected(store_refusal(kept.error()));
    }
    return done;
  }

  /// Another configuration is in force. Its rules are put in force with those of the database.
  [[nodiscard]] base::Result<void> declare(config::Loaded loaded);
  /// At a start what became of a revision may not have been kept, and the file tells.
  enum class Noted : uint8_t { AtReload, AtStart };
  /// Keeps the text of the configuration file as a revision, if it is another one than before.
  [[nodiscard]] base::Result<void> note_file(int64_t now, Noted when);
  /// Puts in force what is stored and is not yet. Does nothing when there is nothing to do.
  [[nodiscard]] base::Result<void> settle();

 private:
  [[nodiscard]] Desk desk(const Actor& actor, int64_t now) {
    return {
        .database = database_, .actor = actor, .declared = declared_, .now = now, .seats = seats_};
  }

  const Settings settings_;
  const Actor nobody_{};
  sql::Connection database_;
  config::Loaded loaded_;
  access::AccessRules declared_;  // by `loaded_`
  std::optional<int64_t> seats_;  // of the license, as it was looked at last
  bool unsettled_ = false;
};

}  // namespace srasta::admin
