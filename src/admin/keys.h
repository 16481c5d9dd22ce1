#pragma once

#include "admin/desk.h"
#include "crypto/hash.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::admin {

/// API keys. Whoever holds `admin.keys` administers those within his reach; whoever holds
/// `keys.self`, with a login and not with a key, his own.

struct KeyList {
  std::string after;  ///< id; empty: from the start
  int64_t limit = 100;
};
[[nodiscard]] Answered<std::string> list_keys(const Desk& desk, const KeyList& wanted);
[[nodiscard]] Answered<std::string> show_key(const Desk& desk, const std::string& id);

struct NewKey {
  std::string id;           ///< random
  crypto::Digest secret{};  ///< SHA-256 of the secret part, which is random
  std::string owner;        ///< id of an account; empty: whoever asks
  std::string label;
  std::vector<std::string> roles;                  ///< a part of the owner's, not empty
  std::optional<std::vector<std::string>> models;  ///< patterns; nothing: as the roles may
  std::vector<std::string> personas;
  std::vector<std::string> networks;  ///< address blocks; empty: from anywhere
  int64_t expires = 0;
};
/// The answer does not hold the secret.
[[nodiscard]] Answered<std::string> create_key(const Desk& desk, service::Journal::Change& change,
                                               const NewKey& key);
/// For good.
[[nodiscard]] Answered<std::string> revoke_key(const Desk& desk, service::Journal::Change& change,
                                               const std::string& id);

}  // namespace srasta::admin
