#include "identity/forwarded_authenticator.h"

#include "access/admission.h"
#include "base/encoding.h"
#include "identity/forwarded_principal.h"

#include <algorithm>

namespace srasta::identity {
namespace {

constexpr size_t kShownDigestBytes = 8;

}  // namespace

struct ForwardedAuthenticator::Peer {
  std::string service;
  std::vector<std::string> key_ids;
  ForwardedVerifier verifier;
};

ForwardedAuthenticator::ForwardedAuthenticator(std::vector<ForwardingPeer> peers,
                                               access::RoleTable roles, base::WallTime started)
    : roles_(std::move(roles)) {
  for (ForwardingPeer& peer : peers) {
    std::vector<std::string> ids = {peer.current.id};
    if (peer.previous) ids.push_back(peer.previous->id);
    peers_.push_back(std::make_unique<Peer>(
        Peer{.service = std::move(peer.service),
             .key_ids = std::move(ids),
             .verifier =
                 ForwardedVerifier(std::move(peer.current), std::move(peer.previous), started)}));
  }
}

ForwardedAuthenticator::~ForwardedAuthenticator() = default;

ForwardedAuthenticator::Peer* ForwardedAuthenticator::find_peer(std::string_view key_id) {
  for (const auto& peer : peers_) {
    if (std::ranges::find(peer->key_ids, key_id) != peer->key_ids.end()) return peer.get();
  }
  return nullptr;
}

std::expected<std::shared_ptr<const access::Caller>, ForwardedFault>
ForwardedAuthenticator::authenticate(
    std::span<const std::pair<std::string_view, std::string_view>> fields, ReceivedRequest request,
    const crypto::Digest& body, base::WallTime now) {
  request.caller.clear();
  auto head = read_forwarded(fields, std::move(request));
  if (!head) return std::unexpected(head.error());
  Peer* const peer = find_peer(head->head.key_id);
  if (peer == nullptr) return std::unexpected(ForwardedFault::KeyId);
  head->head.caller = peer->service;
  if (auto verified = peer->verifier.verify(*head, now); !verified) {
    return std::unexpected(verified.error());
  }
  if (!ForwardedVerifier::body_matches(head->head, body)) {
    return std::unexpected(ForwardedFault::BodyHash);
  }
  return make_caller(*peer, *head);
}

std::shared_ptr<const access::Caller> ForwardedAuthenticator::make_caller(
    const Peer& peer, const SignedHead& head) const {
  auto principal = parse_principal(head.head.principal).value_or(ForwardedPrincipal{});
  const crypto::Digest digest = crypto::sha256(head.signature);
  const bool service = principal.is_service();
  std::string issuer = principal.issuer.empty() ? "srasta:" + peer.service : principal.issuer;
  access::Claimed::Facts facts{
      .issuer = "srasta:" + peer.service,
      .principal_issuer = std::move(issuer),
      .subject = std::move(principal.subject),
      .tenant = std::move(principal.tenant),
      .roles = std::move(principal.roles),
      .scopes = principal.permissions,
      .personas = std::move(principal.personas),
      .machine = service,
      .token_digest = base::to_hex(crypto::bytes_of(digest).substr(0, kShownDigestBytes)),
  };
  const auto claimed = std::make_shared<const access::Claimed>(access::Claimed(std::move(facts)));
  return access::Admission::admit_vouched(claimed, roles_);
}

}  // namespace srasta::identity
