#include "gateway/identity_gate.h"

#include "base/encoding.h"
#include "net/blocking.h"

namespace srasta::gateway {
namespace {

using service::ErrorCode;

constexpr base::Seconds kLongestWait{2};

ErrorCode code_of(identity::PublicCode code) {
  switch (code) {
    case identity::PublicCode::CredentialsMissing:
      return ErrorCode::CredentialsMissing;
    case identity::PublicCode::CredentialsMalformed:
      return ErrorCode::CredentialsMalformed;
    case identity::PublicCode::CredentialsConflict:
      return ErrorCode::CredentialsConflict;
    case identity::PublicCode::CredentialInQuery:
      return ErrorCode::CredentialInQuery;
    case identity::PublicCode::TokenInvalid:
      return ErrorCode::TokenInvalid;
    case identity::PublicCode::TokenExpired:
      return ErrorCode::TokenExpired;
    case identity::PublicCode::KeyInvalid:
      return ErrorCode::KeyInvalid;
    case identity::PublicCode::TenantMissing:
      return ErrorCode::TenantMissing;
    case identity::PublicCode::RoleMissing:
      return ErrorCode::RoleMissing;
    case identity::PublicCode::IdentityUnavailable:
      return ErrorCode::IdentityUnavailable;
    case identity::PublicCode::KeysRefreshing:
      return ErrorCode::KeysRefreshing;
  }
  return ErrorCode::TokenInvalid;
}

audit::Act act_of(ErrorCode code) {
  const int status = service::facts_of(code).status;
  return status == 403   ? audit::Act::AuthzDeny
         : status == 503 ? audit::Act::AuthKeysFail
                         : audit::Act::AuthFail;
}

service::Identified refused(ErrorCode code, std::string_view reason, std::string note = {}) {
  return {.code = code, .act = act_of(code), .reason = reason, .note = std::move(note)};
}

std::vector<std::string_view> values_of(const http::Fields& fields, std::string_view name) {
  std::vector<std::string_view> values;
  for (const http::Field& field : fields) {
    if (base::equal_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

std::string_view query_of(std::string_view target) {
  const size_t question = target.find('?');
  return question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
}

/// The value of Authorization when the request has exactly one and no other place for a credential.
std::optional<std::string_view> only_credential(const http::Fields& fields) {
  std::optional<std::string_view> value;
  for (const http::Field& field : fields) {
    const bool is_authorization = base::equal_ignoring_case(field.name, "authorization");
    const bool is_other = base::equal_ignoring_case(field.name, "x-api-key") ||
                          base::equal_ignoring_case(field.name, "api-key");
    if (is_other || (is_authorization && value)) return std::nullopt;
    if (is_authorization) value = field.value;
  }
  return value;
}

std::string joined(const std::vector<std::string>& claims) {
  std::string text;
  for (const std::string& claim : claims) text += (text.empty() ? "" : " ") + claim;
  return text;
}

}  // namespace

void CoreIdentityGate::replace(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  for (net::Signal& signal : waiting_) signal.set();
}

std::shared_ptr<const access::Caller> CoreIdentityGate::recall(service::Request& request) const {
  const auto* const memo = static_cast<const Memo*>(request.exchange.attachment().get());
  if (memo == nullptr || memo->snapshot != snapshot_ || clock_.wall() >= memo->until) {
    return nullptr;
  }
  const http::RequestHead& head = request.exchange.head();
  const auto authorization = only_credential(head.fields);
  const bool same = authorization == memo->authorization && query_of(head.path).empty();
  return same ? memo->caller : nullptr;
}

void CoreIdentityGate::remember(service::Request& request,
                                const identity::Authenticated& success) const {
  const auto authorization = only_credential(request.exchange.head().fields);
  if (!authorization) return;
  request.exchange.attachment() = std::make_shared<Memo>(
      Memo{std::string(*authorization), snapshot_, success.caller, success.until});
}

CoreIdentityGate::Outcome CoreIdentityGate::authenticate(service::Request& request) {
  Outcome outcome;
  outcome.identified.caller = recall(request);
  if (outcome.identified.caller) return outcome;
  if (!snapshot_) {
    outcome.identified = refused(ErrorCode::IdentityUnavailable, "keys_unavailable");
    return outcome;
  }
  const http::RequestHead& head = request.exchange.head();
  const auto authorization = values_of(head.fields, "authorization");
  const auto x_api_key = values_of(head.fields, "x-api-key");
  const auto api_key = values_of(head.fields, "api-key");
  auto result = authenticator_.authenticate({.authorization = authorization,
                                             .x_api_key = x_api_key,
                                             .api_key = api_key,
                                             .query = query_of(head.path)},
                                            *snapshot_, clock_.wall());
  if (result) {
    remember(request, *result);
    outcome.identified.caller = std::move(result->caller);
    outcome.identified.first_use = result->first_use;
    return outcome;
  }
  const identity::Refusal& refusal = result.error();
  outcome.identified =
      refused(code_of(refusal.code), identity::to_string(refusal.fault), joined(refusal.claims));
  outcome.refresh_issuer = refusal.refresh_issuer;
  return outcome;
}

net::Task<service::Identified> CoreIdentityGate::identify(service::Request& request) {
  Outcome first = authenticate(request);
  if (first.refresh_issuer.empty()) co_return std::move(first.identified);
  const bool refreshed = co_await wait_for_keys(request, first.refresh_issuer);
  Outcome second = authenticate(request);
  // Still unknown: after a completed refresh that is the truth, otherwise nobody can know yet.
  if (!second.refresh_issuer.empty() && !refreshed) {
    second.identified = refused(ErrorCode::KeysRefreshing, "unknown_kid");
  }
  co_return std::move(second.identified);
}

net::Task<bool> CoreIdentityGate::wait_for_keys(service::Request& request, std::string issuer) {
  net::Scope& scope = request.exchange.scope();
  const base::MonoTime deadline = scope.within(kLongestWait);
  net::Delivery<bool> worth_waiting(request.exchange.loop());
  const auto signal = waiting_.emplace(waiting_.end());
  ask_(std::move(issuer), worth_waiting.sender());
  const std::optional<bool> wait = co_await worth_waiting.receive(scope, deadline);
  bool refreshed = false;
  if (wait.value_or(false)) {
    const net::Wake wake = co_await signal->wait(scope, deadline);
    refreshed = wake == net::Wake::Ready;
  }
  waiting_.erase(signal);
  co_return refreshed;
}

}  // namespace srasta::gateway
