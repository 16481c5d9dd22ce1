#include "admin/keys.h"

#include "admin/accounts.h"
#include "config/address.h"
#include "json/writer.h"
#include "storage/query.h"

#include <algorithm>
#include <array>

namespace srasta::admin {
namespace {

using access::Permission;
using service::Journal;

constexpr std::string_view kColumns =
    "SELECT id, tenant, owner_issuer, owner_subject, label, roles, models, personas, networks, "
    "created, expires, revoked FROM api_key ";

/// What `may_see` says, of a page: after, whether he reads those of others, and of all tenants, his
/// tenant, issuer and subject, how many.
constexpr std::string_view kInSight =
    "WHERE id > ?1 AND ((?2 <> 0 AND (?3 <> 0 OR tenant = ?4)) OR "
    "(tenant = ?4 AND owner_issuer = ?5 AND owner_subject = ?6)) ORDER BY id LIMIT ?7";

constexpr int64_t kLongest = int64_t{366} * 24 * 60 * 60;

struct Owner {
  std::string tenant;
  std::string issuer;
  std::string subject;
  friend bool operator==(const Owner&, const Owner&) = default;
};

struct Key {
  std::string id;
  Owner owner;
  bool revoked = false;
  std::string json;
};

Owner self(const Actor& actor) {
  return {.tenant = actor.tenant.str(), .issuer = actor.issuer, .subject = actor.subject};
}

bool administers(const Actor& actor, std::string_view tenant) {
  return actor.permissions.contains(Permission::AdminKeys) && actor.reaches(tenant);
}

/// Those of others within his reach, too.
bool reads_keys(const Actor& actor) {
  return actor.permissions.contains(Permission::AdminRead) ||
         actor.permissions.contains(Permission::AdminKeys);
}

bool may_see(const Actor& actor, const Owner& owner) {
  return owner == self(actor) || (reads_keys(actor) && actor.reaches(owner.tenant));
}

void write_time(json::Writer& writer, std::string_view member, const sql::Statement& row,
                int column) {
  writer.key(member);
  const auto time =
      row.is_null(column) ? base::Result<int64_t>(base::Error{}) : row.integer(column);
  time ? writer.integer(*time) : writer.null();
}

base::Result<Key> read_key(const sql::Statement& row) {
  Key key;
  SRASTA_TRY_ASSIGN(key.id, text_at(row, 0));
  SRASTA_TRY_ASSIGN(key.owner.tenant, text_at(row, 1));
  SRASTA_TRY_ASSIGN(key.owner.issuer, text_at(row, 2));
  SRASTA_TRY_ASSIGN(key.owner.subject, text_at(row, 3));
  key.revoked = !row.is_null(11);
  json::Writer writer;
  writer.begin_object().member("id", std::string_view(key.id));
  writer.member("tenant", std::string_view(key.owner.tenant));
  writer.member("owner_issuer", std::string_view(key.owner.issuer));
  writer.member("owner", std::string_view(key.owner.subject));
  SRASTA_TRY_ASSIGN(const std::string_view label, row.text(4));
  writer.member("label", label);
  constexpr std::array<std::pair<std::string_view, int>, 4> kLists = {
      {{"roles", 5}, {"models", 6}, {"personas", 7}, {"networks", 8}}};
  for (const auto& [member, column] : kLists) {
    writer.key(member);
    if (row.is_null(column)) {
      writer.null();
      continue;
    }
    SRASTA_TRY_ASSIGN(const std::string_view list, row.text(column));
    writer.raw(list);
  }
  write_time(writer, "created", row, 9);
  write_time(writer, "expires", row, 10);
  write_time(writer, "revoked", row, 11);
  key.json = writer.end_object().take();
  return key;
}

Answered<Key> key_in_sight(const Desk& desk, const std::string& id) {
  std::optional<Key> found;
  SRASTA_STORE(each_row(desk.database, std::string(kColumns) + "WHERE id = ?",
                        {std::string_view(id)},
                        [&](const sql::Statement& row) -> base::Result<void> {
                          SRASTA_TRY_ASSIGN(found.emplace(), read_key(row));
                          return {};
                        }));
  if (!found || !may_see(desk.actor, found->owner)) return std::unexpected(not_found());
  return *std::move(found);
}

/// Whose the new key is and which roles he has to pass on.
struct Source {
  Owner owner;
  std::vector<std::string> roles;
};

Answered<Source> source_of(const Desk& desk, const NewKey& key) {
  if (key.owner.empty()) {
    if (!desk.actor.permissions.contains(Permission::KeysSelf) || desk.actor.by_key) {
      return std::unexpected(desk.actor.on_host ? invalid("owner") : denied("permission", "owner"));
    }
    Source source{.owner = self(desk.actor), .roles = {}};
    for (const base::RoleName& role : desk.actor.roles) source.roles.push_back(role.str());
    return source;
  }
  SRASTA_ANSWER_ASSIGN(const Account account, account_in_reach(desk, key.owner));
  if (!administers(desk.actor, account.tenant)) {
    return std::unexpected(denied("permission", "owner"));
  }
  if (!account.is_local() || account.disabled) return std::unexpected(invalid("owner"));
  SRASTA_STORE_ASSIGN(std::vector<std::string> roles, roles_of(desk.database, account.id));
  SRASTA_STORE_ASSIGN(const access::RoleTable known, known_roles(desk));
  SRASTA_ANSWER(check_grants(desk.actor, key.roles, known));
  return Source{.owner = {account.tenant, account.issuer, account.subject},
                .roles = std::move(roles)};
}

Answered<void> check_parts(const Desk& desk, const NewKey& key, const Source& source) {
  if (key.roles.empty()) return std::unexpected(invalid("roles"));
  SRASTA_STORE_ASSIGN(const access::RoleTable known, known_roles(desk));
  for (const std::string& role : key.roles) {
    if (!known.knows(base::RoleName(role))) return std::unexpected(invalid("roles"));
    if (std::ranges::find(source.roles, role) == source.roles.end()) {
      return std::unexpected(denied("role_not_held", "roles"));
    }
  }
  for (const std::string& persona : key.personas) {
    if (!desk.declared.personas.contains(persona)) return std::unexpected(invalid("personas"));
  }
  for (const std::string& network : key.networks) {
    if (!config::parse_address_block(network)) return std::unexpected(invalid("networks"));
  }
  if (key.expires <= desk.now || key.expires > desk.now + kLongest) {
    return std::unexpected(invalid("expires_in"));
  }
  return {};
}

}  // namespace

Answered<std::string> list_keys(const Desk& desk, const KeyList& wanted) {
  const Actor& actor = desk.actor;
  json::Writer writer;
  writer.begin_object().key("keys").begin_array();
  std::string last;
  int64_t found = 0;
  SRASTA_STORE(
      each_row(desk.database, std::string(kColumns) + std::string(kInSight),
               {std::string_view(wanted.after), int64_t{reads_keys(actor)},
                int64_t{actor.reaches_all()}, actor.tenant.view(), std::string_view(actor.issuer),
                std::string_view(actor.subject), wanted.limit + 1},
               [&](const sql::Statement& row) -> base::Result<void> {
                 if (++found > wanted.limit) return {};
                 SRASTA_TRY_ASSIGN(const Key key, read_key(row));
                 writer.raw(key.json);
                 last = key.id;
                 return {};
               }));
  writer.end_array().key("next");
  found > wanted.limit ? writer.string(last) : writer.null();
  return writer.end_object().take();
}

Answered<std::string> show_key(const Desk& desk, const std::string& id) {
  SRASTA_ANSWER_ASSIGN(Key key, key_in_sight(desk, id));
  return std::move(key.json);
}

Answered<std::string> create_key(const Desk& desk, Journal::Change& change, const NewKey& key) {
  change.object = key.id;
  change.after = joined(key.roles);
  SRASTA_ANSWER_ASSIGN(const Source source, source_of(desk, key));
  change.tenant = source.owner.tenant;
  SRASTA_ANSWER(check_parts(desk, key, source));
  const std::string_view digest = crypto::bytes_of(key.secret);
  const std::string roles = json::texts_json(key.roles);
  const std::string models = key.models ? json::texts_json(*key.models) : "";
  const std::string personas = json::texts_json(key.personas);
  const std::string networks = json::texts_json(key.networks);
  SRASTA_STORE(run(
      desk.database, "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
      {std::string_view(key.id), sql::Blob(std::as_bytes(std::span(digest))),
       std::string_view(source.owner.tenant), std::string_view(source.owner.issuer),
       std::string_view(source.owner.subject), std::string_view(key.label), std::string_view(roles),
       key.models ? sql::Value(std::string_view(models)) : sql::Value(nullptr),
       std::string_view(personas), std::string_view(networks), desk.now, key.expires}));
  return show_key(desk, key.id);
}

Answered<std::string> revoke_key(const Desk& desk, Journal::Change& change, const std::string& id) {
  change.object = id;
  SRASTA_ANSWER_ASSIGN(const Key key, key_in_sight(desk, id));
  change.tenant = key.owner.tenant;
  const bool own =
      key.owner == self(desk.actor) && desk.actor.permissions.contains(Permission::KeysSelf);
  if (!own && !administers(desk.actor, key.owner.tenant)) {
    return std::unexpected(denied("permission", "key"));
  }
  // Whoever revokes twice is told the same.
  SRASTA_STORE(run(desk.database, "UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL",
                   {desk.now, std::string_view(id)}));
  return show_key(desk, id);
}

}  // namespace srasta::admin
