#include "gateway/identity_gate.h"

#include "base/encoding.h"
#include "net/blocking.h"
#include "service/web_exchange.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

using service::ErrorCode;

constexpr base::Seconds kLongestWait{2};
constexpr base::Seconds kLongestAccessWait{1};
constexpr std::string_view kConsoleApi = "/srasta/v1/";

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
    case identity::PublicCode::KeyExpired:
      return ErrorCode::KeyExpired;
    case identity::PublicCode::PrincipalDisabled:
      return ErrorCode::PrincipalDisabled;
    case identity::PublicCode::PermissionDenied:
      return ErrorCode::PermissionDenied;
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

service::Identified refused_unrecorded() {
  return {.code = ErrorCode::AuditUnavailable,
          .act = audit::Act::AuthKeysFail,
          .reason = "access_unrecorded",
          .note = {}};
}

bool is_about_a_key(identity::TokenFault fault) {
  using enum identity::TokenFault;
  return fault == Format || fault == UnknownId || fault == Secret || fault == Network;
}

std::string joined(const std::vector<std::string>& claims) {
  std::string text;
  for (const std::string& claim : claims) text += (text.empty() ? "" : " ") + claim;
  return text;
}

service::Identified refused(ErrorCode code, std::string_view reason, std::string note = {}) {
  const audit::Act act = service::facts_of(code).act.value_or(audit::Act::AuthFail);
  return {.code = code, .act = act, .reason = reason, .note = std::move(note)};
}

service::Identified refused(const identity::Refusal& refusal) {
  service::Identified identified =
      refused(code_of(refusal.code), identity::to_string(refusal.fault), joined(refusal.claims));
  identified.stranger = {refusal.subject, refusal.tenant};
  identified.hint = identity::operator_hint(refusal.fault);
  return identified;
}

/// The values of one field: the first two, as a second one is refused whatever it says.
class FieldValues {
 public:
  FieldValues(const http::Fields& fields, std::string_view name) {
    for (const http::Field& field : fields) {
      if (size_ < values_.size() && base::equal_ignoring_case(field.name, name)) {
        values_[size_++] = field.value;
      }
    }
  }
  [[nodiscard]] std::span<const std::string_view> span() const { return {values_.data(), size_}; }

 private:
  std::array<std::string_view, 2> values_;
  size_t size_ = 0;
};

std::string_view query_of(std::string_view target) {
  const size_t question = target.find('?');
  return question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
}

/// Where a request may hold its credential.
class Credentials {
 public:
  explicit Credentials(const service::Request& request)
      : head_(request.exchange.head()),
        client_(request.client),
        authorization_(head_.fields, "authorization"),
        x_api_key_(head_.fields, "x-api-key"),
        api_key_(head_.fields, "api-key") {}

  [[nodiscard]] identity::CredentialFields fields() const {
    return {.authorization = authorization_.span(),
            .x_api_key = x_api_key_.span(),
            .api_key = api_key_.span(),
            .query = query_of(head_.path),
            .client = client_};
  }
  [[nodiscard]] bool any() const {
    return !authorization_.span().empty() || !x_api_key_.span().empty() || !api_key_.span().empty();
  }

 private:
  const http::RequestHead& head_;
  const std::string_view client_;
  const FieldValues authorization_;
  const FieldValues x_api_key_;
  const FieldValues api_key_;
};

/// Whether the browser says that a page of this site asks; other programs say nothing.
bool is_of_this_site(const http::Fields& fields) {
  const auto site = fields.find("sec-fetch-site");
  return !site || *site == "same-origin" || *site == "none";
}

bool repeats_token(const http::Fields& fields, std::string_view cookie) {
  const auto token = fields.find("srasta-csrf");
  return token && base::equal_constant_time(*token, service::csrf_token(cookie));
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

}  // namespace

void CoreIdentityGate::replace(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  for (net::Signal& signal : waiting_) signal.set();
}

void CoreIdentityGate::rules_recorded(uint64_t epoch) {
  recorded_epoch_ = epoch;
  for (net::Signal& signal : waiting_) signal.set();
}

bool CoreIdentityGate::has_all_keys() const {
  return snapshot_ && std::ranges::all_of(snapshot_->issuers, [](const auto& issuer) {
           return issuer.keys != nullptr;
         });
}

const CoreIdentityGate::Memo* CoreIdentityGate::recall(service::Request& request) const {
  const auto* const memo = static_cast<const Memo*>(request.exchange.attachment().get());
  if (memo == nullptr || memo->snapshot != snapshot_ || memo->recorded != recorded_.stamp() ||
      parts_.clock.wall() >= memo->until) {
    return nullptr;
  }
  const http::RequestHead& head = request.exchange.head();
  const auto authorization = only_credential(head.fields);
  const bool same = authorization == memo->authorization && query_of(head.path).empty();
  return same ? memo : nullptr;
}

void CoreIdentityGate::remember(service::Request& request, const identity::Authenticated& success,
                                uint64_t stamp) const {
  const auto authorization = only_credential(request.exchange.head().fields);
  if (!authorization || success.depends_on_client) return;
  // Clients with many principals change it often: the place is used again.
  std::shared_ptr<void>& place = request.exchange.attachment();
  if (place == nullptr) place = std::make_shared<Memo>();
  auto& memo = *static_cast<Memo*>(place.get());
  memo.authorization = *authorization;
  memo.snapshot = snapshot_;
  memo.caller = success.caller;
  memo.commitment = request.commitment;
  memo.delegate_commitments = request.delegate_commitments;
  memo.recorded = stamp;
  memo.until = success.until;
}

bool CoreIdentityGate::name_known(service::Request& request, std::string_view tenant,
                                  std::string_view id) {
  const std::optional<RecordedCallers::Name> name = recorded_.find(tenant, id);
  if (name) request.commitment = *name;
  return name.has_value();
}

net::Task<bool> CoreIdentityGate::name_new(service::Request& request, std::string_view tenant,
                                           std::string_view id) {
  const auto name = co_await recorded_.ask(request.exchange.scope(), tenant, id);
  if (name) request.commitment = *name;
  co_return name.has_value();
}

net::Task<bool> CoreIdentityGate::name_delegates(service::Request& request,
                                                 const access::Caller& caller) {
  request.delegate_commitments.clear();
  for (const access::Delegate& delegate : caller.claimed()->facts().delegates) {
    auto name = recorded_.find(caller.tenant().view(), delegate.subject);
    if (!name) {
      name = co_await recorded_.ask(request.exchange.scope(), caller.tenant().view(),
                                    delegate.subject);
    }
    if (!name) co_return false;
    request.delegate_commitments.push_back(*name);
  }
  co_return true;
}

/// Who cannot be named in the records of what he does is not let in: nobody could ever tell who it
/// was.
net::Task<service::Identified> CoreIdentityGate::accept(service::Request& request,
                                                        const identity::Authenticated& success) {
  const access::Caller& caller = *success.caller;
  // From before the look-up, so that an erasure meanwhile is noticed.
  const uint64_t stamp = recorded_.stamp();
  if (!name_known(request, caller.tenant().view(), caller.subject())) {
    const bool named = co_await name_new(request, caller.tenant().view(), caller.subject());
    if (!named) co_return refused(ErrorCode::IdentityUnavailable, "salts_unavailable");
  }
  if (!caller.claimed()->facts().delegates.empty()) {
    const bool named = co_await name_delegates(request, caller);
    if (!named) co_return refused(ErrorCode::IdentityUnavailable, "salts_unavailable");
  }
  remember(request, success, stamp);
  co_return service::Identified{
      .caller = success.caller, .note = {}, .first_use = success.first_use};
}

bool CoreIdentityGate::is_stale() const {
  return snapshot_ && snapshot_->access && snapshot_->access->epoch() != parts_.access_epoch.load();
}

bool CoreIdentityGate::is_unrecorded() const {
  return snapshot_->access && snapshot_->access->epoch() != recorded_epoch_;
}

/// Another core may have been ready, and said so, before this one was given its first rules.
bool CoreIdentityGate::awaits_rules() const {
  return !snapshot_ || is_stale() || is_unrecorded();
}

net::Task<void> CoreIdentityGate::wait_for_access(service::Request& request) {
  net::Scope& scope = request.exchange.scope();
  const base::MonoTime deadline = scope.within(kLongestAccessWait);
  parts_.ask_access();
  while (awaits_rules()) {
    const auto signal = waiting_.emplace(waiting_.end());
    const net::Wake wake = co_await signal->wait(scope, deadline);
    waiting_.erase(signal);
    if (wake != net::Wake::Ready) break;
  }
}

/// `Srasta-Persona` chooses one of the caller's own personas.
service::Identified CoreIdentityGate::narrowed(const service::Request& request,
                                               service::Identified identified) const {
  if (!identified.caller) return identified;
  const FieldValues chosen(request.exchange.head().fields, "srasta-persona");
  if (chosen.span().empty()) return identified;
  const std::string_view persona = chosen.span().size() == 1 ? chosen.span().front() : "";
  auto caller = identity::Authenticator::as_persona(*identified.caller, *snapshot_,
                                                    persona.empty() ? "-" : persona);
  if (!caller) return refused(caller.error());
  identified.caller = *std::move(caller);
  return identified;
}

net::Task<service::Identified> CoreIdentityGate::identify(service::Request& request) {
  if (awaits_rules()) {
    co_await wait_for_access(request);
    if (is_stale()) co_return refused(ErrorCode::IdentityUnavailable, "access_stale");
    if (snapshot_ && is_unrecorded()) co_return refused_unrecorded();
  }
  if (const Memo* const memo = recall(request)) {
    request.commitment = memo->commitment;
    request.delegate_commitments = memo->delegate_commitments;
    co_return narrowed(request, {.caller = memo->caller, .note = {}});
  }
  service::Identified identified = narrowed(request, co_await identify_anyone(request));
  const service::Stranger& stranger = identified.stranger;
  if (!stranger.subject.empty() && !request.commitment &&
      !name_known(request, stranger.tenant.view(), stranger.subject)) {
    // The refusal stands whether or not its record can say whom it met.
    (void)co_await name_new(request, stranger.tenant.view(), stranger.subject);
  }
  co_return identified;
}

/// On the console's own API alone: an inference client that follows a link of somebody else must
/// not act with the session of its browser.
std::string_view CoreIdentityGate::session_of(const service::Request& request) const {
  if (sessions_ == nullptr || request.route == nullptr) return {};
  if (!request.route->path.starts_with(kConsoleApi)) return {};
  const FieldValues cookies(request.exchange.head().fields, "cookie");
  if (cookies.span().size() != 1) return {};
  return service::cookie_in(cookies.span().front(), service::session_cookie(parts_.url));
}

net::Task<service::Identified> CoreIdentityGate::identify_session(service::Request& request,
                                                                  std::string_view cookie) {
  const http::RequestHead& head = request.exchange.head();
  const bool changes = request.route->method != service::Method::Get;
  if (!is_of_this_site(head.fields) || (changes && !repeats_token(head.fields, cookie))) {
    co_return refused(ErrorCode::CsrfFailed, "csrf");
  }
  const bool touch = !head.fields.find("srasta-background").has_value();
  const auto found = co_await sessions_->find(request, std::string(cookie), touch);
  if (found.unavailable) co_return refused(ErrorCode::ServiceUnavailable, "no_service");
  if (found.json.empty()) {
    co_return service::Identified{.code = ErrorCode::SessionExpired,
                                  .act = audit::Act::AuthFail,
                                  .reason = "expired",
                                  .note = {}};
  }
  auto caller = identity::Authenticator::admit_session(found.json, parts_.url, *snapshot_);
  if (!caller) co_return refused(caller.error());
  const identity::Authenticated session{
      .caller = *std::move(caller), .until = {}, .depends_on_client = true};
  co_return co_await accept(request, session);
}

net::Task<service::Identified> CoreIdentityGate::identify_anyone(service::Request& request) {
  if (!snapshot_) co_return refused(ErrorCode::IdentityUnavailable, "keys_unavailable");
  const Credentials credentials(request);
  if (const std::string_view cookie = session_of(request); !cookie.empty()) {
    if (credentials.any()) co_return refused(ErrorCode::CredentialsConflict, "two_credentials");
    co_return co_await identify_session(request, cookie);
  }
  auto known = authenticator_.recall(credentials.fields(), *snapshot_, parts_.clock.wall());
  if (const auto* const success = std::get_if<identity::Authenticated>(&known)) {
    co_return co_await accept(request, *success);
  }
  const std::string source = access::source_network(request.client);
  const auto* const refusal = std::get_if<identity::Refusal>(&known);
  const auto* const unknown = std::get_if<identity::Authenticator::Unknown>(&known);
  const std::string credential(unknown == nullptr ? "" : crypto::bytes_of(unknown->digest));
  // Guessed keys are counted like guessed tokens; what is no credential costs nothing.
  const bool is_guess = refusal != nullptr && is_about_a_key(refusal->fault);
  if (refusal != nullptr && !is_guess) co_return refused(*refusal);
  if (!parts_.sources.begin_verification(source, request.exchange.loop().now(), credential)) {
    co_return service::Identified{.code = ErrorCode::RateLimited,
                                  .act = audit::Act::LimitHit,
                                  .reason = "exhausted",
                                  .note = {}};
  }
  if (is_guess) {
    parts_.sources.end_verification(source, true, request.exchange.loop().now());
    co_return refused(*refusal);
  }
  service::Identified identified = co_await verify(request);
  const bool failed = !identified.caller && service::facts_of(identified.code).status < 500;
  parts_.sources.end_verification(source, failed, request.exchange.loop().now(), credential);
  co_return identified;
}

net::Task<service::Identified> CoreIdentityGate::verify(service::Request& request) {
  auto first = authenticate(request);
  if (first) co_return co_await accept(request, *first);
  if (first.error().refresh_issuer.empty()) co_return refused(first.error());
  const Refresh refreshed = co_await wait_for_keys(request, first.error().refresh_issuer);
  auto second = authenticate(request);
  if (second) co_return co_await accept(request, *second);
  // Still unknown: after a completed refresh that is the truth, otherwise nobody can know yet.
  if (!second.error().refresh_issuer.empty() && !refreshed.wait) {
    service::Identified refreshing = refused(ErrorCode::KeysRefreshing, "unknown_kid");
    refreshing.fields = fmt::format("Retry-After: {}\r\n", refreshed.retry_after.count());
    co_return refreshing;
  }
  co_return refused(second.error());
}

std::expected<identity::Authenticated, identity::Refusal> CoreIdentityGate::authenticate(
    service::Request& request) {
  const Credentials credentials(request);
  return authenticator_.authenticate(credentials.fields(), *snapshot_, parts_.clock.wall());
}

net::Task<CoreIdentityGate::Refresh> CoreIdentityGate::wait_for_keys(service::Request& request,
                                                                     std::string issuer) {
  net::Scope& scope = request.exchange.scope();
  const base::MonoTime deadline = scope.within(kLongestWait);
  net::Delivery<Refresh> answer(request.exchange.loop());
  const auto signal = waiting_.emplace(waiting_.end());
  parts_.ask_refresh(std::move(issuer), answer.sender());
  const std::optional<Refresh> received = co_await answer.receive(scope, deadline);
  // A fetch that takes longer than we wait is over soon.
  Refresh refresh = received.value_or(Refresh{.wait = false, .retry_after = kLongestWait});
  if (refresh.wait) {
    const net::Wake wake = co_await signal->wait(scope, deadline);
    refresh = {.wait = wake == net::Wake::Ready, .retry_after = kLongestWait};
  }
  waiting_.erase(signal);
  co_return refresh;
}

}  // namespace srasta::gateway
