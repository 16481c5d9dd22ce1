#include "identity/forwarding_keys.h"

#include "base/encoding.h"
#include "base/weak_secret.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

namespace srasta::identity {
namespace {

constexpr size_t kLeastSecretBytes = 32;
constexpr size_t kLongestName = 32;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

base::Error refused(std::string_view service, std::string_view what) {
  return base::make_error(
      base::Code::Invalid,
      "forwarding keys of service '" + std::string(service) + "': " + std::string(what));
}

base::Result<std::string> name_in(const json::Value& entry, std::string_view member,
                                  std::string_view service) {
  const auto found = entry.find(member);
  const auto text = found ? found->string() : std::nullopt;
  if (!text || !is_name(*text)) {
    return refused(service, std::string(member) + " must be 1 to 32 of a-z, 0-9 and '-'");
  }
  return std::string(*text);
}

base::Result<ForwardingKey> key_in(const json::Value& entry, const std::string& prefix,
                                   std::string_view service) {
  SRASTA_TRY_ASSIGN(std::string id, name_in(entry, prefix + "key_id", service));
  const auto found = entry.find(prefix + "secret");
  const auto hex = found ? found->string() : std::nullopt;
  auto secret = hex ? base::from_hex(*hex) : std::nullopt;
  if (!secret || secret->size() < kLeastSecretBytes) {
    return refused(service, prefix + "secret must be at least 32 bytes in lower-case hexadecimal");
  }
  if (base::is_weak_secret(*secret))
    return refused(service, prefix + "secret is one byte repeated");
  return ForwardingKey{.id = std::move(id), .secret = base::Secret(*std::move(secret))};
}

base::Result<ForwardingPeer> peer_in(const json::Value& entry) {
  SRASTA_TRY_ASSIGN(std::string service, name_in(entry, "service", "?"));
  SRASTA_TRY_ASSIGN(ForwardingKey current, key_in(entry, "", service));
  std::optional<ForwardingKey> previous;
  if (entry.find("previous_key_id") || entry.find("previous_secret")) {
    SRASTA_TRY_ASSIGN(previous, key_in(entry, "previous_", service));
  }
  return ForwardingPeer{.service = std::move(service),
                        .current = std::move(current),
                        .previous = std::move(previous)};
}

}  // namespace

base::Result<std::vector<ForwardingPeer>> parse_forwarding_keys(const json::Value& list) {
  if (!list.is_array()) return refused("?", "they must be an array");
  std::vector<ForwardingPeer> peers;
  std::set<std::string, std::less<>> services;
  std::set<std::string, std::less<>> ids;
  std::set<std::string_view> secrets;
  for (size_t i = 0; i < list.size(); ++i) {
    SRASTA_TRY_ASSIGN(ForwardingPeer peer, peer_in(list.at(i)));
    if (!services.insert(peer.service).second) return refused(peer.service, "it is named twice");
    peers.push_back(std::move(peer));
  }
  // Views into secrets that stay where they are from here on.
  for (const ForwardingPeer& peer : peers) {
    for (const ForwardingKey* key : {&peer.current, peer.previous ? &*peer.previous : nullptr}) {
      if (key == nullptr) continue;
      if (!ids.insert(key->id).second) return refused(peer.service, "key id used twice");
      if (!secrets.insert(key->secret.expose()).second) {
        return refused(peer.service, "secret used twice: each pair of services has its own");
      }
    }
  }
  return peers;
}

}  // namespace srasta::identity
