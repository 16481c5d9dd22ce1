#pragma once

#include "admin/desk.h"
#include "base/result.h"
#include "config/config.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::admin {

/// The texts that the configuration file had, or was to have, by number from 1. The newest
/// `kMostRevisions` are kept.
inline constexpr int64_t kMostRevisions = 200;

enum class RevisionState : uint8_t {
  Pending,  ///< nobody has said yet what became of it
  InForce,  ///< it was put into the file, or found there
  Refused   ///< the platform did not take it
};

struct ConfigRevision {
  int64_t number = 0;
  std::string yaml;
  std::string digest;  ///< `config::config_digest`
  RevisionState state = RevisionState::Pending;
};

/// Nothing when there is none of that number, any more or yet.
[[nodiscard]] base::Result<std::optional<ConfigRevision>> find_revision(sql::Connection& database,
                                                                        int64_t number);

/// JSON: the newest first, without their texts.
[[nodiscard]] Answered<std::string> list_revisions(const Desk& desk);
/// With its text.
[[nodiscard]] Answered<std::string> show_revision(const Desk& desk, std::string_view number);

struct NewRevision {
  std::string yaml;
  std::string note = {};
  /// The digest that the caller saw in force; empty: whatever is.
  std::string based_on = {};
};

/// Keeps the text as the next revision, `Pending`. `wanted` is what it means, `running` what is in
/// force. Refused: what needs a start, what the host alone may set, what owners alone may, and a
/// change of something that is not in force any more.
[[nodiscard]] Answered<std::string> stage_revision(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const config::Loaded& running,
                                                   const config::Loaded& wanted,
                                                   const NewRevision& revision);

/// What became of the newest one that is pending. Code::NotFound when none is.
[[nodiscard]] base::Result<void> settle_revision(sql::Connection& database, RevisionState state,
                                                 std::string_view reason);
[[nodiscard]] base::Result<std::optional<int64_t>> pending_revision(sql::Connection& database);

/// The same after an end in the middle of it: the file tells, whose text is `yaml`.
[[nodiscard]] base::Result<void> settle_after_restart(sql::Connection& database,
                                                      const std::string& yaml);

/// The file was read: `yaml` is in force. Becomes a revision of the host unless it is the newest
/// one, or the one that is pending.
[[nodiscard]] base::Result<void> note_config_file(sql::Connection& database, int64_t now,
                                                  const std::string& yaml,
                                                  const std::string& digest);

}  // namespace srasta::admin
