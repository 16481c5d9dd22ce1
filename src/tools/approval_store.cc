#include "tools/approval_store.h"

#include "json/document.h"
#include "json/writer.h"
#include "storage/query.h"
#include "tools/database.h"

namespace srasta::tools {
namespace {

constexpr int64_t kMostPerPrincipal = 32;  // that wait
constexpr int64_t kMostPerTenant = 1'000;
constexpr int64_t kKept = int64_t{30} * 86'400;  // seconds after they expired
constexpr std::string_view kMostListed = "200";

constexpr std::string_view kColumns =
    "id, state, tenant, principal, persona, tool, arguments, base, effects, policy, requester, "
    "actors, repository, policy_name, policy_version, rules, approvers, changes, created, expires, "
    "verdicts, nonce, digest";

base::Error damaged() {
  return base::make_error(base::Code::Corrupt, "tools.db: an approval is none");
}

std::string verdicts_json(const std::vector<Verdict>& verdicts) {
  json::Writer writer;
  writer.begin_array();
  for (const Verdict& each : verdicts) {
    writer.begin_object().member("subject", each.subject).member("roles", each.roles);
    writer.member("at", each.at).member("approves", each.approves).end_object();
  }
  return writer.end_array().take();
}

/// The elements of an array of objects.
template <typename T, typename Read>
base::Result<std::vector<T>> objects_of(std::string_view json, Read read) {
  const auto document = json::Document::parse(R"({"list":)" + std::string(json) + "}");
  const auto list = document ? document->root().find("list") : std::nullopt;
  if (!list || !list->is_array()) return damaged();
  std::vector<T> found;
  for (size_t i = 0; i < list->size(); ++i) {
    std::optional<T> one = read(list->at(i));
    if (!one) return damaged();
    found.push_back(*std::move(one));
  }
  return found;
}

std::optional<std::vector<std::string>> roles_of(json::Value object) {
  const auto roles = object.find("roles");
  return roles ? json::texts_of(*roles) : std::nullopt;
}

std::optional<policy::Approvers> read_approvers(json::Value object) {
  auto roles = roles_of(object);
  const auto member = object.find("count");
  const auto count = member ? member->integer() : std::nullopt;
  if (!roles || !count) return std::nullopt;
  return policy::Approvers{.roles = *std::move(roles), .count = *count};
}

std::optional<Verdict> read_verdict(json::Value object) {
  auto roles = roles_of(object);
  const auto whose = object.find("subject");
  const auto when = object.find("at");
  const auto what = object.find("approves");
  const auto subject = whose ? whose->string() : std::nullopt;
  const auto at = when ? when->integer() : std::nullopt;
  const auto approves = what ? what->boolean() : std::nullopt;
  if (!roles || !subject || !at || !approves) return std::nullopt;
  return Verdict{.subject = std::string(*subject),
                 .roles = *std::move(roles),
                 .at = *at,
                 .approves = *approves};
}

base::Result<Bound> read_bound(const sql::Statement& row) {
  Bound bound;
  SRASTA_TRY_ASSIGN(bound.tenant, text_at(row, 2));
  SRASTA_TRY_ASSIGN(bound.principal, text_at(row, 3));
  SRASTA_TRY_ASSIGN(bound.persona, text_at(row, 4));
  SRASTA_TRY_ASSIGN(bound.tool, text_at(row, 5));
  SRASTA_TRY_ASSIGN(bound.arguments, text_at(row, 6));
  SRASTA_TRY_ASSIGN(bound.base, text_at(row, 7));
  SRASTA_TRY_ASSIGN(bound.effects, text_at(row, 8));
  SRASTA_TRY_ASSIGN(bound.policy, text_at(row, 9));
  return bound;
}

base::Result<Approval> read_approval(const sql::Statement& row) {
  Approval approval;
  SRASTA_TRY_ASSIGN(approval.id, text_at(row, 0));
  SRASTA_TRY_ASSIGN(const std::string_view state, row.text(1));
  const auto known = find_state(state);
  if (!known) return damaged();
  approval.state = *known;
  SRASTA_TRY_ASSIGN(approval.bound, read_bound(row));
  SRASTA_TRY_ASSIGN(approval.requester, text_at(row, 10));
  SRASTA_TRY_ASSIGN(const std::string actors, text_at(row, 11));
  SRASTA_TRY_ASSIGN(approval.actors, parse_list(actors));
  SRASTA_TRY_ASSIGN(approval.repository, text_at(row, 12));
  SRASTA_TRY_ASSIGN(approval.policy_name, text_at(row, 13));
  SRASTA_TRY_ASSIGN(approval.policy_version, row.integer(14));
  SRASTA_TRY_ASSIGN(const std::string rules, text_at(row, 15));
  SRASTA_TRY_ASSIGN(approval.rules, parse_list(rules));
  SRASTA_TRY_ASSIGN(const std::string approvers, text_at(row, 16));
  SRASTA_TRY_ASSIGN(approval.approvers, objects_of<policy::Approvers>(approvers, read_approvers));
  SRASTA_TRY_ASSIGN(approval.changes, text_at(row, 17));
  SRASTA_TRY_ASSIGN(approval.created, row.integer(18));
  SRASTA_TRY_ASSIGN(approval.expires, row.integer(19));
  SRASTA_TRY_ASSIGN(const std::string verdicts, text_at(row, 20));
  SRASTA_TRY_ASSIGN(approval.verdicts, objects_of<Verdict>(verdicts, read_verdict));
  SRASTA_TRY_ASSIGN(approval.nonce, text_at(row, 21));
  SRASTA_TRY_ASSIGN(approval.digest, text_at(row, 22));
  return approval;
}

base::Result<std::vector<Approval>> read_all(sql::Connection& database, const std::string& where,
                                             std::initializer_list<sql::Value> values) {
  std::vector<Approval> found;
  const std::string statement = "SELECT " + std::string(kColumns) + " FROM approval " + where;
  SRASTA_TRY(
      each_row(database, statement, values, [&](const sql::Statement& row) -> base::Result<void> {
        SRASTA_TRY_ASSIGN(found.emplace_back(), read_approval(row));
        return {};
      }));
  return found;
}

std::optional<Approval> first_of(std::vector<Approval>& found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

base::Result<std::optional<Approval>> ApprovalStore::find(const std::string& id) {
  SRASTA_TRY_ASSIGN(auto found, read_all(database_, "WHERE id = ?", {id}));
  return first_of(found);
}

base::Result<std::optional<Approval>> ApprovalStore::find_equal(const Bound& bound, int64_t now) {
  const std::string request = digest_of(bound);
  SRASTA_TRY_ASSIGN(auto found,
                    read_all(database_,
                             "WHERE request = ? AND expires > ? AND state IN ('pending', "
                             "'denied') ORDER BY created DESC, id LIMIT 1",
                             {request, now}));
  return first_of(found);
}

base::Result<bool> ApprovalStore::has_room(const Approval& approval) {
  SRASTA_TRY_ASSIGN(
      const int64_t of_tenant,
      number_of(
          database_,
          "SELECT count(*) FROM approval WHERE tenant = ? AND state = 'pending' AND expires > ?",
          {approval.bound.tenant, approval.created}));
  SRASTA_TRY_ASSIGN(const int64_t own,
                    number_of(database_,
                              "SELECT count(*) FROM approval WHERE tenant = ? AND principal = ? "
                              "AND state = 'pending' AND expires > ?",
                              {approval.bound.tenant, approval.bound.principal, approval.created}));
  return of_tenant < kMostPerTenant && own < kMostPerPrincipal;
}

base::Result<std::optional<ApprovalStore::TooMany>> ApprovalStore::add(const Approval& approval) {
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, database_.begin());
  SRASTA_TRY(
      sql::run(database_, "DELETE FROM approval WHERE expires < ?", {approval.created - kKept}));
  SRASTA_TRY_ASSIGN(const bool room, has_room(approval));
  if (!room) return std::optional<TooMany>(TooMany{});
  const Bound& bound = approval.bound;
  const std::string statement =
      "INSERT INTO approval (" + std::string(kColumns) +
      ", request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  const std::string actors = json::texts_json(approval.actors);
  const std::string rules = json::texts_json(approval.rules);
  const std::string approvers = approvers_json(approval.approvers);
  const std::string verdicts = verdicts_json(approval.verdicts);
  const std::string request = digest_of(bound);
  SRASTA_TRY(sql::run(database_, statement,
                      {approval.id,
                       to_string(approval.state),
                       bound.tenant,
                       bound.principal,
                       bound.persona,
                       bound.tool,
                       bound.arguments,
                       bound.base,
                       bound.effects,
                       bound.policy,
                       approval.requester,
                       actors,
                       approval.repository,
                       approval.policy_name,
                       approval.policy_version,
                       rules,
                       approvers,
                       approval.changes,
                       approval.created,
                       approval.expires,
                       verdicts,
                       approval.nonce,
                       approval.digest,
                       request}));
  SRASTA_TRY(transaction.commit());
  return std::optional<TooMany>();
}

base::Result<bool> ApprovalStore::replace(const Approval& before, const Approval& after) {
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, database_.begin());
  const std::string seen = verdicts_json(before.verdicts);
  const std::string verdicts = verdicts_json(after.verdicts);
  SRASTA_TRY(sql::run(
      database_,
      "UPDATE approval SET state = ?, verdicts = ? WHERE id = ? AND state = ? AND verdicts = ?",
      {to_string(after.state), verdicts, before.id, to_string(before.state), seen}));
  const bool replaced = database_.changes() == 1;
  SRASTA_TRY(transaction.commit());
  return replaced;
}

base::Result<bool> ApprovalStore::use(const std::string& id, int64_t now) {
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, database_.begin());
  SRASTA_TRY(sql::run(
      database_,
      "UPDATE approval SET state = 'used' WHERE id = ? AND state = 'approved' AND expires > ?",
      {id, now}));
  const bool used = database_.changes() == 1;
  SRASTA_TRY(transaction.commit());
  return used;
}

base::Result<std::vector<Approval>> ApprovalStore::list(const std::string& tenant) {
  return read_all(database_,
                  "WHERE tenant = ? ORDER BY created DESC, id LIMIT " + std::string(kMostListed),
                  {tenant});
}

}  // namespace srasta::tools
