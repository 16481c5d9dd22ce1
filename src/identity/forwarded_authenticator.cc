#include "identity/forwarded_authenticator.h"

#include "access/admission.h"
#include "base/encoding.h"
#include "identity/forwarded_principal.h"

#include <algorithm>

namespace srasta::identity {
namespace {

constexpr size_t kShownDigestBytes = 8;

bool is_own_name(const ForwardedPrincipal& principal, std::string_view service) {
  return principal.subject == service_subject(service) &&
         principal.tenant.view() == kPlatformTenant;
}

}  // namespace

struct ForwardedAuthenticator::Peer {
  std::string service;
  std::vector<std::string> key_ids;
  std::shared_ptr<ForwardedVerifier> verifier;
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
             .verifier = std::make_shared<ForwardedVerifier>(std::move(peer.current),
                                                             std::move(peer.previous), started)}));
  }
}

ForwardedAuthenticator::~ForwardedAuthenticator() = default;

ForwardedAuthenticator::Peer* ForwardedAuthenticator::find_peer(std::string_view key_id) {
  for (const auto& peer : peers_) {
    if (std::ranges::find(peer->key_ids, key_id) != peer->key_ids.end()) return peer.get();
  }
  return nullptr;
}

std::expected<Forwarded, ForwardedFault> ForwardedAuthenticator::authenticate(
    std::span<const std::pair<std::string_view, std::string_view>> fields, ReceivedRequest request,
    base::WallTime now) {
  request.caller.clear();
  auto head = read_forwarded(fields, std::move(request));
  if (!head) return std::unexpected(head.error());
  Peer* const peer = find_peer(head->head.key_id);
  if (peer == nullptr) return std::unexpected(ForwardedFault::KeyId);
  head->head.caller = peer->service;
  if (auto verified = peer->verifier->verify(*head, now); !verified) {
    return std::unexpected(verified.error());
  }
  auto principal = parse_principal(head->head.principal);
  auto sender_head = parse_audit_head(head->head.audit_head);
  if (!principal || !sender_head) return std::unexpected(ForwardedFault::Malformed);
  // Else it could have another service's log called forged.
  if (!sender_head->stream.empty() && sender_head->stream != audit_stream_of(peer->service)) {
    return std::unexpected(ForwardedFault::Malformed);
  }
  if (principal->is_service() && !is_own_name(*principal, peer->service)) {
    return std::unexpected(ForwardedFault::Principal);
  }
  const bool for_itself = principal->is_service();
  auto caller = make_caller(*peer, *head, *std::move(principal));
  return Forwarded{.caller = std::move(caller),
                   .for_itself = for_itself,
                   .request_id = head->head.request_id,
                   .sender_head = *std::move(sender_head),
                   .body = PromisedBody(*std::move(head), peer->verifier)};
}

std::shared_ptr<const access::Caller> ForwardedAuthenticator::make_caller(
    const Peer& peer, const SignedHead& head, ForwardedPrincipal principal) const {
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
      .delegates = service ? std::vector<access::Delegate>() : std::move(principal.delegates),
      .groups = std::move(principal.groups),
      .machine = service || principal.machine,
      .key_id = service ? std::string() : std::move(principal.key_id),
      .token_digest = base::to_hex(crypto::bytes_of(digest).substr(0, kShownDigestBytes)),
  };
  const auto claimed = std::make_shared<const access::Claimed>(access::Claimed(std::move(facts)));
  return service ? access::Admission::admit_service(claimed, roles_)
                 : access::Admission::admit_vouched(claimed);
}

}  // namespace srasta::identity
