#include "service/forwarded_gate.h"

#include "access/role.h"

namespace srasta::service {
namespace {

using identity::ForwardedFault;

Identified refused(ForwardedFault fault) {
  return {.caller = nullptr,
          .code = fault == ForwardedFault::Busy ? ErrorCode::FwdBusy : ErrorCode::FwdInvalid,
          .act = audit::Act::AuthFwdReject,
          .reason = identity::to_string(fault),
          .note = {}};
}

}  // namespace

ForwardedGate::ForwardedGate(std::string callee, std::vector<identity::ForwardingPeer> peers,
                             const base::Clock& clock)
    : callee_(std::move(callee)),
      clock_(clock),
      authenticator_(std::move(peers), access::RoleTable::built_in(), clock.wall()) {}

net::Task<Identified> ForwardedGate::identify(Request& request) {
  co_return judge(request.exchange.head());
}

Identified ForwardedGate::judge(const http::RequestHead& head) {
  const bool has_body = head.framing == http::Framing::Chunked || head.length > 0;
  if (has_body) return refused(ForwardedFault::BodyHash);
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
  auto caller =
      authenticator_.authenticate(fields, std::move(received), crypto::sha256(""), clock_.wall());
  if (!caller) return refused(caller.error());
  if ((*caller)->kind() != access::CallerKind::Service) return refused(ForwardedFault::Principal);
  return {.caller = *std::move(caller), .note = {}};
}

}  // namespace srasta::service
