#include "tools/database.h"

#include "json/document.h"

namespace srasta::tools {
namespace {

/// For a backup that begins. Calls wait as long.
constexpr base::Millis kLongestWait{2'000};

// Times are seconds since 1970, digests hexadecimal. Lists that nobody searches are JSON arrays.
// No text of a file is here.
constexpr std::string_view kFirst = R"(
CREATE TABLE approval (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used', 'stale')),
  request TEXT NOT NULL,  -- digest of the call that it is for
  tenant TEXT NOT NULL,
  principal TEXT NOT NULL,
  persona TEXT NOT NULL,
  tool TEXT NOT NULL,
  arguments TEXT NOT NULL,
  base TEXT NOT NULL,
  effects TEXT NOT NULL,
  policy TEXT NOT NULL,
  requester TEXT NOT NULL,
  actors TEXT NOT NULL,
  repository TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  rules TEXT NOT NULL,
  approvers TEXT NOT NULL,  -- array of objects
  changes TEXT NOT NULL,    -- array of objects
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  verdicts TEXT NOT NULL,  -- array of objects
  nonce TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_request ON approval (request);
CREATE INDEX approval_tenant ON approval (tenant, created);
CREATE INDEX approval_expires ON approval (expires);

-- The highest label of what each principal has read.
CREATE TABLE read_label (
  principal TEXT PRIMARY KEY,
  label INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE merge_request (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  requester TEXT NOT NULL,
  repository TEXT NOT NULL,
  title TEXT NOT NULL,
  source TEXT NOT NULL,
  source_oid TEXT NOT NULL,
  target TEXT NOT NULL,
  target_oid TEXT NOT NULL,
  commits INTEGER NOT NULL,
  changes TEXT NOT NULL,  -- array of objects
  digest TEXT NOT NULL,
  approval TEXT NOT NULL,  -- empty: none was needed
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_request_tenant ON merge_request (tenant, created);
)";

}  // namespace

base::Result<sql::Connection> open_database(const std::string& data_folder) {
  return sql::Connection::open({.path = data_folder + "/tools/tools.db",
                                .migrations = {kFirst},
                                .busy_timeout = kLongestWait});
}

base::Result<std::vector<std::string>> parse_list(std::string_view json) {
  auto texts = json::parse_texts(json);
  if (!texts) return base::make_error(base::Code::Corrupt, "tools.db: a list is no list");
  return *std::move(texts);
}

}  // namespace srasta::tools
