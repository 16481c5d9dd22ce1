#include "access/snapshot.h"

#include "access/snapshot_bytes.h"
#include "base/encoding.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace srasta::access {
namespace {

constexpr std::string_view kMagic = "SRASTAAC";
constexpr uint32_t kVersion = 2;
constexpr size_t kMacBytes = 32;
// magic, version, directory, epoch, revision, source digest, offset and count of users and of keys
constexpr size_t kIndexAt = 64;
constexpr size_t kBodyAt = kIndexAt + 4 * sizeof(uint64_t);
constexpr uint32_t kNoList = ~uint32_t{0};
constexpr uint32_t kDisabled = 1;

static_assert(std::endian::native == std::endian::little);

base::Error corrupt(const char* what) {
  return base::make_error(base::Code::Corrupt, std::string("access snapshot: ") + what);
}

/// Permissions stand by name: their numbers are this build's own affair.
void write_permissions(ByteWriter& out, PermissionSet set) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (set.contains(permission)) names.emplace_back(to_string(permission));
  }
  out.texts(names);
}

/// A permission that this build does not know is one that nobody asks for.
PermissionSet read_permissions(ByteReader& in) {
  PermissionSet set;
  for (const std::string& name : in.texts<std::string>()) {
    if (const auto permission = parse_permission(name)) set.insert(*permission);
  }
  return set;
}

void write_list(ByteWriter& out, const std::optional<std::vector<std::string>>& list) {
  if (list) {
    out.texts(*list);
  } else {
    out.u32(kNoList);
  }
}

std::optional<std::vector<std::string>> read_list(ByteReader& in) {
  ByteReader ahead = in;
  if (ahead.u32() == kNoList) {
    in = ahead;
    return std::nullopt;
  }
  return in.texts<std::string>();
}

void write_user(ByteWriter& out, const UserRule& user) {
  out.u32(user.disabled ? kDisabled : 0);
  out.texts(user.deny_roles);
}

void write_key(ByteWriter& out, const KeyRule& key) {
  out.raw(crypto::bytes_of(key.secret));
  out.u64(static_cast<uint64_t>(key.expires));
  out.text(key.subject);
  out.text(key.tenant.view());
  out.texts(key.roles);
  write_list(out, key.models);
  out.texts(key.personas);
  out.u32(static_cast<uint32_t>(key.networks.size()));
  for (const config::AddressBlock& block : key.networks) {
    out.raw(std::string(block.first.bytes.begin(), block.first.bytes.end()));
    out.u32(block.prefix);
  }
}

void write_common(ByteWriter& out, const AccessRules& rules) {
  const std::vector<base::RoleName> roles = rules.roles.names();
  out.u32(static_cast<uint32_t>(roles.size()));
  for (const base::RoleName& role : roles) {
    out.text(role.view());
    write_permissions(out, rules.roles.permissions_of(role));
  }
  out.u32(static_cast<uint32_t>(rules.tenants.size()));
  for (const auto& [tenant, suspended] : rules.tenants) {
    out.text(tenant.view());
    out.u32(suspended ? kDisabled : 0);
  }
  out.u32(static_cast<uint32_t>(rules.personas.size()));
  for (const auto& [name, persona] : rules.personas) {
    out.text(name);
    write_permissions(out, persona.permissions);
    write_list(out, persona.models);
  }
  out.u32(rules.models ? static_cast<uint32_t>(rules.models->size()) : kNoList);
  if (rules.models) {
    for (const auto& [role, patterns] : *rules.models) {
      out.text(role.view());
      out.texts(patterns);
    }
  }
  out.texts(rules.issuer_keys);
}

using ModelsByRole = std::map<base::RoleName, std::vector<std::string>>;

std::optional<ModelsByRole> read_models(ByteReader& in) {
  ByteReader ahead = in;
  if (ahead.u32() == kNoList) {
    in = ahead;
    return std::nullopt;
  }
  ModelsByRole models;
  for (uint32_t left = in.count(8); left > 0 && in.good(); --left) {
    base::RoleName role(in.text());
    models[std::move(role)] = in.texts<std::string>();
  }
  return models;
}

void read_common(ByteReader& in, AccessRules& rules) {
  RoleTable roles;
  for (uint32_t left = in.count(8); left > 0 && in.good(); --left) {
    const base::RoleName role(in.text());
    roles.set(role, read_permissions(in));
  }
  rules.roles = std::move(roles);
  for (uint32_t left = in.count(8); left > 0 && in.good(); --left) {
    base::TenantId tenant(in.text());
    rules.tenants[std::move(tenant)] = in.u32() != 0;
  }
  for (uint32_t left = in.count(12); left > 0 && in.good(); --left) {
    std::string name(in.text());
    PersonaRule persona{.permissions = read_permissions(in)};
    persona.models = read_list(in);
    rules.personas[std::move(name)] = std::move(persona);
  }
  rules.models = read_models(in);
  rules.issuer_keys = in.texts<std::string>();
}

/// The offset beside `id` in sorted entries of `size` bytes.
std::optional<uint64_t> find_entry(std::string_view entries, size_t size, std::string_view id) {
  size_t low = 0;
  size_t high = entries.size() / size;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const std::string_view entry = entries.substr(middle * size, size);
    const int order = entry.substr(0, id.size()).compare(id);
    if (order == 0) return ByteReader(entry, id.size()).u64();
    order < 0 ? low = middle + 1 : high = middle;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_snapshot(const AccessRules& rules, uint64_t epoch, std::string_view key) {
  ByteWriter out;
  out.raw(kMagic);
  out.u32(kVersion);
  out.u32(rules.directory);
  out.u64(epoch);
  out.u64(rules.revision);
  out.raw(crypto::bytes_of(rules.source));
  for (int i = 0; i < 4; ++i) out.u64(0);
  write_common(out, rules);
  ByteWriter users;
  for (const auto& [principal, user] : rules.users) {
    users.raw(view_of(principal));
    users.u64(out.size());
    write_user(out, user);
  }
  ByteWriter keys;
  for (const auto& [id, rule] : rules.keys) {
    keys.raw(id);
    keys.u64(out.size());
    write_key(out, rule);
  }
  out.put_u64(kIndexAt, out.size());
  out.put_u64(kIndexAt + 8, rules.users.size());
  out.raw(users.bytes());
  out.put_u64(kIndexAt + 16, out.size());
  out.put_u64(kIndexAt + 24, rules.keys.size());
  out.raw(keys.bytes());
  out.raw(crypto::bytes_of(crypto::hmac_sha256(key, out.bytes())));
  return std::move(out.bytes());
}

base::Result<std::shared_ptr<const AccessSnapshot>> AccessSnapshot::open(std::string whole_file,
                                                                         std::string_view key) {
  auto snapshot = std::make_shared<AccessSnapshot>(AccessSnapshot());
  snapshot->bytes_ = std::move(whole_file);
  const std::string_view bytes = snapshot->bytes_;
  if (bytes.size() < kBodyAt + kMacBytes || !bytes.starts_with(kMagic)) {
    return corrupt("not a snapshot");
  }
  const std::string_view signed_part = bytes.substr(0, bytes.size() - kMacBytes);
  const crypto::Digest mac = crypto::hmac_sha256(key, signed_part);
  if (!base::equal_constant_time(crypto::bytes_of(mac), bytes.substr(signed_part.size()))) {
    return base::make_error(base::Code::Denied, "access snapshot: wrong authentication code");
  }
  ByteReader head(signed_part, kMagic.size());
  if (const uint32_t version = head.u32(); version != kVersion) {
    return base::make_error(base::Code::Unsupported,
                            "access snapshot: version " + std::to_string(version));
  }
  snapshot->rules_.directory = head.u32();
  snapshot->epoch_ = head.u64();
  snapshot->rules_.revision = head.u64();
  std::ranges::copy(head.raw(snapshot->rules_.source.size()), snapshot->rules_.source.begin());
  ByteReader body(signed_part, kBodyAt);
  read_common(body, snapshot->rules_);
  bool whole = body.good();
  size_t part_end = body.at();
  const auto entries = [&](size_t size) {
    const uint64_t begin = head.u64();
    ByteReader in(signed_part, begin);
    const uint64_t count = head.u64();
    const bool fits = begin >= part_end && count <= signed_part.size() / size;
    const std::string_view found = fits ? in.raw(count * size) : std::string_view{};
    whole = whole && fits && in.good();
    part_end = in.at();
    return found;
  };
  snapshot->users_ = entries(kUserEntry);
  snapshot->keys_ = entries(kKeyEntry);
  // Parts that share bytes would let one entry be read as another.
  if (!whole || part_end != signed_part.size()) return corrupt("its parts do not fit");
  return std::shared_ptr<const AccessSnapshot>(std::move(snapshot));
}

std::shared_ptr<const AccessSnapshot> AccessSnapshot::of(const AccessRules& rules) {
  auto snapshot = open(encode_snapshot(rules, 0, {}), {});
  return snapshot ? *std::move(snapshot) : nullptr;
}

AccessSnapshot::TenantState AccessSnapshot::tenant(const base::TenantId& tenant) const {
  const auto found = rules_.tenants.find(tenant);
  if (found == rules_.tenants.end()) return TenantState::Unknown;
  return found->second ? TenantState::Suspended : TenantState::Active;
}

std::optional<std::vector<std::string>> AccessSnapshot::models_of(
    const std::vector<base::RoleName>& roles) const {
  if (!rules_.models) return std::nullopt;
  std::vector<std::string> patterns;
  for (const base::RoleName& role : roles) {
    const auto found = rules_.models->find(role);
    if (found == rules_.models->end()) continue;
    patterns.insert(patterns.end(), found->second.begin(), found->second.end());
  }
  return patterns;
}

const PersonaRule* AccessSnapshot::persona(std::string_view name) const {
  const auto found = rules_.personas.find(name);
  return found == rules_.personas.end() ? nullptr : &found->second;
}

std::optional<UserRule> AccessSnapshot::user(const PrincipalBytes& principal) const {
  const auto at = find_entry(users_, kUserEntry, view_of(principal));
  if (!at) return std::nullopt;
  ByteReader in(bytes_, *at);
  UserRule rule{.disabled = in.u32() != 0};
  rule.deny_roles = in.texts<base::RoleName>();
  // What cannot be read must not let anybody in.
  if (!in.good()) rule.disabled = true;
  return rule;
}

std::optional<KeyRule> AccessSnapshot::key(std::string_view id) const {
  if (id.size() != kKeyEntry - sizeof(uint64_t)) return std::nullopt;
  const auto at = find_entry(keys_, kKeyEntry, id);
  if (!at) return std::nullopt;
  ByteReader in(bytes_, *at);
  KeyRule rule;
  std::ranges::copy(in.raw(rule.secret.size()), rule.secret.begin());
  rule.expires = static_cast<int64_t>(in.u64());
  rule.subject = in.text();
  rule.tenant = base::TenantId(in.text());
  rule.roles = in.texts<base::RoleName>();
  rule.models = read_list(in);
  rule.personas = in.texts<std::string>();
  for (uint32_t left = in.count(20); left > 0 && in.good(); --left) {
    config::AddressBlock block;
    std::ranges::copy(in.raw(block.first.bytes.size()), block.first.bytes.begin());
    block.prefix = in.u32();
    rule.networks.push_back(block);
  }
  return in.good() ? std::optional(std::move(rule)) : std::nullopt;
}

}  // namespace srasta::access
