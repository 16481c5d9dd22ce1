#include "tools/merge_requests.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr size_t kIdBytes = 16;
constexpr std::string_view kColumns =
    "id, tenant, requester, repository, title, source, source_oid, target, target_oid, commits, "
    "changes, digest, approval, created";

base::Result<void> insert(sql::Connection& database, const MergeRequest& request) {
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, database.begin());
  SRASTA_TRY(
      run(database,
          "INSERT INTO merge_request (" + std::string(kColumns) +
              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          {request.id, request.tenant, request.requester, request.repository, request.title,
           request.source, request.source_oid, request.target, request.target_oid, request.commits,
           request.changes, request.digest, request.approval, request.created}));
  // The table does not grow for ever.
  SRASTA_TRY(run(database,
                 "DELETE FROM merge_request WHERE tenant = ? AND id NOT IN (SELECT id FROM "
                 "merge_request WHERE tenant = ? ORDER BY created DESC, id LIMIT 10000)",
                 {request.tenant, request.tenant}));
  return transaction.commit();
}

base::Result<MergeRequest> read_row(const sql::Statement& row) {
  MergeRequest request;
  int column = 0;
  for (std::string* const text :
       {&request.id, &request.tenant, &request.requester, &request.repository, &request.title,
        &request.source, &request.source_oid, &request.target, &request.target_oid}) {
    SRASTA_TRY_ASSIGN(*text, text_at(row, column++));
  }
  SRASTA_TRY_ASSIGN(request.commits, row.integer(column++));
  for (std::string* const text : {&request.changes, &request.digest, &request.approval}) {
    SRASTA_TRY_ASSIGN(*text, text_at(row, column++));
  }
  SRASTA_TRY_ASSIGN(request.created, row.integer(column));
  return request;
}

}  // namespace

std::string merge_request_json(const MergeRequest& request) {
  json::Writer writer;
  writer.begin_object().member("mergeRequestId", request.id);
  writer.member("repository", request.repository).member("title", request.title);
  writer.member("requester", request.requester);
  writer.key("source").begin_object().member("ref", request.source);
  writer.member("oid", request.source_oid).end_object();
  writer.key("target").begin_object().member("ref", request.target);
  writer.member("oid", request.target_oid).end_object();
  writer.member("commits", request.commits).key("effects").raw(request.changes);
  writer.member("digest", request.digest);
  if (!request.approval.empty()) writer.member("approval", request.approval);
  writer.member("forge", "none");
  writer.member("created", base::format_utc(base::WallTime(base::Seconds(request.created))));
  return writer.end_object().take();
}

MergeRequest MergeRequests::make(const Call& call, const Prepared& prepared,
                                 const Plan& plan) const {
  const auto arguments = arguments_of(call);
  const std::string_view title = arguments ? arguments->text("title").value_or("") : "";
  return {.id = "mr_" + base::to_hex(base::random_bytes(parts_.entropy, kIdBytes)),
          .tenant = call.principal.tenant,
          .requester = call.principal.subject,
          .repository = call.judgement.repository->id,
          .title = std::string(title),
          .source = prepared.source,
          .source_oid = prepared.target,
          .target = prepared.ref,
          .target_oid = prepared.expected,
          .commits = prepared.commits,
          .changes = effects_json(plan.changes),
          .digest = base::to_hex(crypto::bytes_of(plan.digest)),
          .approval = call.approval ? call.approval->id : std::string(),
          .created = base::unix_seconds(call.now)};
}

net::Task<OrReason<std::string>> MergeRequests::open(const Call& call, const Prepared& prepared) {
  if (!prepared.plan) co_return std::unexpected(Reason::RepoUnavailable);
  const MergeRequest request = make(call, prepared, *prepared.plan);
  const auto kept = co_await parts_.store.use(
      [request](sql::Connection& database) { return insert(database, request); });
  if (!kept) {
    parts_.log.error("a merge request cannot be kept",
                     {{"reason", std::string_view(kept.error().message)}});
    co_return std::unexpected(Reason::RepoUnavailable);
  }
  co_return merge_request_json(request);
}

net::Task<base::Result<std::vector<MergeRequest>>> MergeRequests::list(std::string tenant) {
  auto found = co_await parts_.store.use([tenant = std::move(tenant)](sql::Connection& database)
                                             -> base::Result<std::vector<MergeRequest>> {
    std::vector<MergeRequest> rows;
    SRASTA_TRY(each_row(database,
                        "SELECT " + std::string(kColumns) +
                            " FROM merge_request WHERE tenant = ? ORDER BY created DESC, id "
                            "LIMIT 200",
                        {tenant}, [&](const sql::Statement& row) -> base::Result<void> {
                          SRASTA_TRY_ASSIGN(rows.emplace_back(), read_row(row));
                          return {};
                        }));
    return rows;
  });
  if (!found) {
    parts_.log.error("merge requests cannot be read",
                     {{"reason", std::string_view(found.error().message)}});
  }
  co_return found;
}

}  // namespace srasta::tools
