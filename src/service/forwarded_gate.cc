#include "service/forwarded_gate.h"

#include "access/role.h"

namespace srasta::service {
namespace {

using identity::ForwardedFault;

/// Of one step of hashing: about 1 ms on a slow core.
constexpr size_t kHashedAtOnce = size_t{256} << 10;

Identified refused(ForwardedFault fault) {
  return {.caller = nullptr,
          .code = fault == ForwardedFault::Busy ? ErrorCode::FwdBusy : ErrorCode::FwdInvalid,
          .act = audit::Act::AuthFwdReject,
          .reason = identity::to_string(fault),
          .note = {}};
}

}  // namespace

ForwardedGate::ForwardedGate(std::string callee, Serves serves,
                             std::vector<identity::ForwardingPeer> peers, const base::Clock& clock)
    : callee_(std::move(callee)),
      serves_(serves),
      clock_(clock),
      authenticator_(std::move(peers), access::RoleTable::built_in(), clock.wall()) {}

net::Task<Identified> ForwardedGate::identify(Request& request) {
  co_return judge(request);
}

Identified ForwardedGate::judge(Request& request) {
  const http::RequestHead& head = request.exchange.head();
  // Only one Content-Type is signed.
  if (head.fields.count("content-type") > 1) return refused(ForwardedFault::Duplicate);
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  for (const http::Field& field : head.fields) fields.emplace_back(field.name, field.value);
  identity::ReceivedRequest received{
      .caller = {},
      .callee = callee_,
      .method = std::string(head.method),
      .target = std::string(head.target),
      .content_type = std::string(head.fields.find("content-type").value_or("")),
      .content_length = {}};
  if (head.framing == http::Framing::Length) received.content_length = head.length;
  auto forwarded = authenticator_.authenticate(fields, std::move(received), clock_.wall());
  if (!forwarded) return refused(forwarded.error());
  if (serves_ == Serves::Services && !forwarded->for_itself) {
    return refused(ForwardedFault::Principal);
  }
  if (forwarded->body.is_streamed()) request.exchange.keep_trailer(identity::kBodyMacTrailer);
  // One id for all that one request from outside does on the platform.
  request.id = base::RequestId(std::move(forwarded->request_id));
  request.sender_head = std::move(forwarded->sender_head);
  request.promised_body =
      std::make_unique<const identity::PromisedBody>(std::move(forwarded->body));
  return {.caller = std::move(forwarded->caller), .note = {}};
}

net::Task<bool> keeps_promise(Request& request) {
  crypto::Sha256 hash;
  std::string_view rest = request.body;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, kHashedAtOnce);
    hash.update(piece);
    rest.remove_prefix(piece.size());
    if (!rest.empty()) co_await net::Yield(request.exchange.loop());
  }
  const crypto::Digest digest = hash.finish();
  const identity::PromisedBody* const promise = request.promised_body.get();
  co_return promise != nullptr &&
      promise->kept_by(request.body.size(), digest, request.exchange.trailer());
}

}  // namespace srasta::service
