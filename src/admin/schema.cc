#include "admin/schema.h"

namespace srasta::admin {
namespace {

// Times are seconds since 1970. Lists of names that nobody searches are JSON arrays.
constexpr std::string_view kFirst = R"(
CREATE TABLE directory (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revision INTEGER NOT NULL  -- counts changes
) STRICT;
INSERT INTO directory VALUES (1, 0);

CREATE TABLE tenant (
  name TEXT PRIMARY KEY,
  folder TEXT NOT NULL UNIQUE,  -- random: where its data lies
  suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Users and service accounts. A row stays when its account is deleted: ids are not used again.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'service')),
  tenant TEXT NOT NULL,
  issuer TEXT NOT NULL,  -- as principals are named by
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  display TEXT NOT NULL,
  disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  created INTEGER NOT NULL,
  deleted INTEGER,
  UNIQUE (issuer, tenant, subject)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_name ON account (tenant, name) WHERE deleted IS NULL;

CREATE TABLE account_role (
  account TEXT NOT NULL REFERENCES account (id),
  role TEXT NOT NULL,
  PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_role_role ON account_role (role);

CREATE TABLE team (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  UNIQUE (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_role (
  team TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  PRIMARY KEY (team, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_role_role ON team_role (role);

CREATE TABLE team_member (
  team TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
  account TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (team, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_member_account ON team_member (account);

CREATE TABLE role (
  name TEXT PRIMARY KEY,
  grants TEXT NOT NULL  -- names of permissions, sorted
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  secret BLOB NOT NULL CHECK (length(secret) = 32),  -- SHA-256 of the secret part
  tenant TEXT NOT NULL,
  owner_issuer TEXT NOT NULL,
  owner_subject TEXT NOT NULL,
  label TEXT NOT NULL,
  roles TEXT NOT NULL,
  models TEXT,  -- NULL: all that the roles may use
  personas TEXT NOT NULL,
  networks TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  revoked INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE license (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  text TEXT NOT NULL  -- as it was installed
) STRICT;
CREATE TABLE license_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  latest INTEGER NOT NULL  -- the latest time that was believed
) STRICT;
INSERT INTO license_clock VALUES (1, 0);

CREATE INDEX api_key_owner ON api_key (tenant, owner_issuer, owner_subject);
)";

// What people and programs sign in with. Secrets are digests, or sealed with the key of the
// service.
constexpr std::string_view kSecond = R"(
CREATE TABLE credential (
  account TEXT PRIMARY KEY REFERENCES account (id),
  password TEXT NOT NULL,  -- PHC string of Argon2id
  totp BLOB,               -- sealed key of one-time codes
  totp_step INTEGER,       -- of the last code that was taken
  changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client_secret (
  account TEXT PRIMARY KEY REFERENCES account (id),
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE handoff (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  account TEXT REFERENCES account (id),  -- NULL: it makes the first owner
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  redeemed INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  id TEXT NOT NULL UNIQUE,  -- for people; opens nothing
  account TEXT NOT NULL REFERENCES account (id),
  method TEXT NOT NULL,
  signed_in INTEGER NOT NULL,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

-- What somebody let a client have.
CREATE TABLE token_grant (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  client TEXT NOT NULL,
  scope TEXT NOT NULL,
  resource TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  revoked INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_grant_account ON token_grant (account);

CREATE TABLE authorization_code (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  token_grant TEXT NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  nonce TEXT NOT NULL,
  signed_in INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_code_grant ON authorization_code (token_grant);

CREATE TABLE refresh_token (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  token_grant TEXT NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_grant ON refresh_token (token_grant);

-- Keys that sign tokens.
CREATE TABLE issuer_key (
  id TEXT PRIMARY KEY,
  jwk TEXT NOT NULL,
  private BLOB NOT NULL,  -- sealed
  created INTEGER NOT NULL,
  retired INTEGER
) STRICT, WITHOUT ROWID;
)";

// What the configuration file was, or was to be.
constexpr std::string_view kThird = R"(
CREATE TABLE config_revision (
  number INTEGER PRIMARY KEY,
  made INTEGER NOT NULL,
  issuer TEXT NOT NULL,  -- of who made it; 'host': the file was edited
  subject TEXT NOT NULL,
  note TEXT NOT NULL,
  digest TEXT NOT NULL,  -- of the settings
  yaml TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'in_force', 'refused')),
  reason TEXT NOT NULL   -- why it was refused
) STRICT;
)";

// Whom another provider signs in has no account here, only sessions.
constexpr std::string_view kFourth = R"(
CREATE TABLE session_of_anybody (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  id TEXT NOT NULL UNIQUE,  -- for people; opens nothing
  account TEXT REFERENCES account (id),  -- NULL: of a guest
  issuer TEXT,   -- of a guest: the provider,
  tenant TEXT,
  subject TEXT,
  name TEXT,     -- what to call him,
  mapping TEXT,  -- and what his claims came to
  method TEXT NOT NULL,
  signed_in INTEGER NOT NULL,
  used INTEGER NOT NULL,
  CHECK ((account IS NULL) = (issuer IS NOT NULL AND tenant IS NOT NULL AND subject IS NOT NULL
    AND name IS NOT NULL AND mapping IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO session_of_anybody (digest, id, account, method, signed_in, used)
  SELECT digest, id, account, method, signed_in, used FROM session;
DROP TABLE session;
ALTER TABLE session_of_anybody RENAME TO session;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_guest ON session (issuer, tenant, subject);
)";

}  // namespace

std::vector<std::string_view> migrations() {
  return {kFirst, kSecond, kThird, kFourth};
}

}  // namespace srasta::admin
