#include "admin/config_revisions.h"

#include "base/encoding.h"
#include "config/changes.h"
#include "json/writer.h"
#include "storage/query.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::admin {
namespace {

using service::ErrorCode;

constexpr auto kStates = std::to_array<std::string_view>({"pending", "in_force", "refused"});
constexpr std::string_view kHost = "host";

std::string_view to_string(RevisionState state) {
  return kStates[static_cast<size_t>(state)];
}

base::Result<RevisionState> state_at(const sql::Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const std::string_view text, row.text(column));
  for (size_t index = 0; index < kStates.size(); ++index) {
    if (kStates[index] == text) return static_cast<RevisionState>(index);
  }
  return base::make_error(base::Code::Corrupt, "a state of a revision of the configuration");
}

constexpr std::string_view kColumns =
    "SELECT number, made, issuer, subject, note, digest, state, reason FROM config_revision ";

base::Result<void> write_revision(json::Writer& writer, const sql::Statement& row) {
  SRASTA_TRY_ASSIGN(const int64_t number, row.integer(0));
  SRASTA_TRY_ASSIGN(const int64_t made, row.integer(1));
  writer.member("revision", number).member("made", made);
  constexpr auto kTexts =
      std::to_array<std::string_view>({"issuer", "subject", "note", "digest", "state", "reason"});
  for (size_t index = 0; index < kTexts.size(); ++index) {
    SRASTA_TRY_ASSIGN(const std::string text, text_at(row, static_cast<int>(index) + 2));
    writer.member(kTexts[index], std::string_view(text));
  }
  return {};
}

struct Maker {
  std::string_view issuer;
  std::string_view subject;
};

base::Result<int64_t> insert(sql::Connection& database, int64_t now, const Maker& maker,
                             const NewRevision& revision, std::string_view digest,
                             RevisionState state) {
  SRASTA_TRY_ASSIGN(const int64_t last,
                    number_of(database, "SELECT coalesce(max(number), 0) FROM config_revision"));
  const int64_t number = last + 1;
  SRASTA_TRY(run(database, "INSERT INTO config_revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
                 {number, now, maker.issuer, maker.subject, std::string_view(revision.note), digest,
                  std::string_view(revision.yaml), to_string(state)}));
  SRASTA_TRY(
      run(database, "DELETE FROM config_revision WHERE number <= ?", {number - kMostRevisions}));
  return number;
}

base::Result<int64_t> newest(sql::Connection& database, RevisionState state) {
  return number_of(database, "SELECT coalesce(max(number), 0) FROM config_revision WHERE state = ?",
                   {to_string(state)});
}

base::Result<bool> has_text(sql::Connection& database, int64_t number, const std::string& yaml) {
  SRASTA_TRY_ASSIGN(const auto found, find_revision(database, number));
  return found && found->yaml == yaml;
}

/// Refuses unless there are no such settings.
Answered<void> check_none(const std::vector<std::string>& keys, ErrorCode code,
                          std::string_view reason) {
  if (keys.empty()) return {};
  return std::unexpected(
      Refusal{.code = code, .reason = reason, .param = fmt::format("{}", fmt::join(keys, ", "))});
}

Answered<void> check_change(const Desk& desk, const config::Loaded& running,
                            const config::Loaded& wanted) {
  SRASTA_ANSWER(check_none(config::set_on_the_host_only(running.config, wanted.config),
                           ErrorCode::ConfigHostOnly, "host_only"));
  SRASTA_ANSWER(check_none(config::fixed_while_running(running.config, wanted.config),
                           ErrorCode::ConfigNeedsRestart, "needs_restart"));
  if (desk.actor.reaches_all()) return {};
  return check_none(config::of_owners_only(running, wanted), ErrorCode::PermissionDenied,
                    "owner_only");
}

}  // namespace

base::Result<std::optional<ConfigRevision>> find_revision(sql::Connection& database,
                                                          int64_t number) {
  std::optional<ConfigRevision> found;
  SRASTA_TRY(each_row(database, "SELECT yaml, digest, state FROM config_revision WHERE number = ?",
                      {number}, [&](const sql::Statement& row) -> base::Result<void> {
                        found.emplace(ConfigRevision{.number = number});
                        SRASTA_TRY_ASSIGN(found->yaml, text_at(row, 0));
                        SRASTA_TRY_ASSIGN(found->digest, text_at(row, 1));
                        SRASTA_TRY_ASSIGN(found->state, state_at(row, 2));
                        return {};
                      }));
  return found;
}

Answered<std::string> list_revisions(const Desk& desk) {
  json::Writer writer;
  writer.begin_object().key("revisions").begin_array();
  SRASTA_STORE(each_row(desk.database, std::string(kColumns) + "ORDER BY number DESC", {},
                        [&](const sql::Statement& row) -> base::Result<void> {
                          writer.begin_object();
                          SRASTA_TRY(write_revision(writer, row));
                          writer.end_object();
                          return {};
                        }));
  return writer.end_array().end_object().take();
}

Answered<std::string> show_revision(const Desk& desk, std::string_view number) {
  const auto wanted = base::parse_u64(number);
  if (!wanted || *wanted > INT64_MAX) return std::unexpected(not_found());
  const auto sought = static_cast<int64_t>(*wanted);
  SRASTA_STORE_ASSIGN(const auto found, find_revision(desk.database, sought));
  if (!found) return std::unexpected(not_found());
  json::Writer writer;
  writer.begin_object();
  SRASTA_STORE(each_row(desk.database, std::string(kColumns) + "WHERE number = ?", {sought},
                        [&](const sql::Statement& row) { return write_revision(writer, row); }));
  return writer.member("yaml", std::string_view(found->yaml)).end_object().take();
}

Answered<std::string> stage_revision(const Desk& desk, service::Journal::Change& change,
                                     const config::Loaded& running, const config::Loaded& wanted,
                                     const NewRevision& revision) {
  change.before = config::config_digest(running);
  change.after = config::config_digest(wanted);
  if (!revision.based_on.empty() && revision.based_on != change.before) {
    return std::unexpected(Refusal{.code = ErrorCode::ConfigChanged, .reason = "stale"});
  }
  SRASTA_STORE_ASSIGN(const auto under_way, pending_revision(desk.database));
  if (under_way) {
    return std::unexpected(Refusal{.code = ErrorCode::ConfigChanged, .reason = "under_way"});
  }
  SRASTA_ANSWER(check_change(desk, running, wanted));
  SRASTA_STORE_ASSIGN(const int64_t number,
                      insert(desk.database, desk.now, {desk.actor.issuer, desk.actor.subject},
                             revision, change.after, RevisionState::Pending));
  change.object = std::to_string(number);
  json::Writer writer;
  return writer.begin_object()
      .member("revision", number)
      .member("digest", std::string_view(change.after))
      .end_object()
      .take();
}

base::Result<std::optional<int64_t>> pending_revision(sql::Connection& database) {
  SRASTA_TRY_ASSIGN(const int64_t number, newest(database, RevisionState::Pending));
  return number == 0 ? std::optional<int64_t>() : number;
}

base::Result<void> settle_revision(sql::Connection& database, RevisionState state,
                                   std::string_view reason) {
  SRASTA_TRY_ASSIGN(const auto number, pending_revision(database));
  if (!number) return base::make_error(base::Code::NotFound, "no revision is pending");
  return run(database, "UPDATE config_revision SET state = ?, reason = ? WHERE number = ?",
             {to_string(state), reason, *number});
}

base::Result<void> settle_after_restart(sql::Connection& database, const std::string& yaml) {
  SRASTA_TRY_ASSIGN(const auto number, pending_revision(database));
  if (!number) return {};
  SRASTA_TRY_ASSIGN(const bool there, has_text(database, *number, yaml));
  return there ? settle_revision(database, RevisionState::InForce, {})
               : settle_revision(database, RevisionState::Refused, "interrupted");
}

base::Result<void> note_config_file(sql::Connection& database, int64_t now, const std::string& yaml,
                                    const std::string& digest) {
  for (const RevisionState state : {RevisionState::InForce, RevisionState::Pending}) {
    SRASTA_TRY_ASSIGN(const int64_t number, newest(database, state));
    SRASTA_TRY_ASSIGN(const bool known, has_text(database, number, yaml));
    if (known) return {};
  }
  const auto kept = insert(database, now, {.issuer = kHost, .subject = {}}, {.yaml = yaml}, digest,
                           RevisionState::InForce);
  if (!kept) return kept.error();
  return {};
}

}  // namespace srasta::admin
