// Calls every producer of service/journal.h once, with everything that it can be told, and leaves
// the records in the ledger folder argv[1]: journal_records_test.py compares them with
// governance/acts.tsv.
#include "audit/ledger.h"
#include "base/encoding.h"
#include "identity/forwarded_authenticator.h"
#include "identity/forwarded_principal.h"
#include "net/http_server.h"
#include "service/journal.h"

#include <array>
#include <string>
#include <unistd.h>

namespace srasta::service {
namespace {

using audit::Act;

consteval RouteSpec route_of(Act act, audit::Durability durability) {
  return RouteSpec(Method::Get, "/route", Access::everybody(), {act, durability},
                   LimitsClass::Control, BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                   dialects::Dialect::Problem, "Some route");
}
constexpr RouteSpec kList = route_of(Act::InferenceList, audit::Durability::Should);
constexpr RouteSpec kChange = route_of(Act::UserCreate, audit::Durability::Must);
constexpr RouteSpec kDrain = route_of(Act::PlatformDrain, audit::Durability::Must);

identity::ForwardingKey make_key() {
  return {.id = "k-1", .secret = base::Secret("a key of this test")};
}

std::shared_ptr<const access::Caller> make_caller(const base::Clock& clock) {
  const base::WallTime now = clock.wall();
  const identity::ForwardedHead head{
      .caller = "peer",
      .callee = "gateway",
      .method = "GET",
      .target = "/",
      .content_type = {},
      .content_length = {},
      .principal = identity::encode_principal(
          {"svc:peer", base::TenantId("platform"), {base::RoleName("admin")}}),
      .request_id = "r-1",
      .timestamp_ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count(),
      .nonce = "0123456789abcdef-0.1",
      .audit_head = "-",
      .body_mode = identity::body_mode_of(""),
      .key_id = "k-1"};
  const auto owned = identity::forwarded_fields(head, identity::sign_forwarded(head, make_key()));
  const std::vector<std::pair<std::string_view, std::string_view>> fields(owned.begin(),
                                                                          owned.end());
  std::vector<identity::ForwardingPeer> peers;
  peers.push_back({"peer", make_key(), std::nullopt});
  identity::ForwardedAuthenticator authenticator(std::move(peers), access::RoleTable::built_in(),
                                                 now - base::Seconds(1));
  auto caller = authenticator.authenticate(fields,
                                           {.caller = "peer",
                                            .callee = "gateway",
                                            .method = "GET",
                                            .target = "/",
                                            .content_type = {},
                                            .content_length = {}},
                                           now);
  return caller ? std::move(caller->caller) : nullptr;
}

/// Makes the records when its one request arrives.
class Producers final : public net::Application {
 public:
  Producers(Journal& journal, const access::Caller& caller) : journal_(journal), caller_(caller) {}

  net::Task<void> serve(net::Exchange& exchange) override {
    Request request{.exchange = exchange,
                    .id = base::RequestId("r-1"),
                    .route = &kList,
                    .path_parameter = {},
                    .client = "203.0.113.7",
                    .asked_model = {},
                    .body = {}};
    co_await record_refusals(request);
    co_await record_inference(request);
    co_await record_tools(request);
    journal_.auth_ok(request, caller_);
    all_durable = all_durable && (co_await journal_.auth_privileged(request, caller_)).ok();
    journal_.keys_loaded("https://idp.example", 2, 1);
    journal_.keys_failed("https://idp.example", "jwks_bad");
    journal_.upstream_state("up1", true);
    journal_.upstream_state("up1", false);
    all_durable = (co_await journal_.forwards(request, caller_, "admin")).ok();
    (void)co_await journal_.served(request, caller_);
    request.route = &kDrain;
    all_durable = all_durable && (co_await journal_.may_act(request, caller_)).ok();
    for (const bool in_force : {true, false}) {
      auto change = co_await journal_.config_changes(exchange.loop(), "c-1", crypto::sha256("a"),
                                                     crypto::sha256("b"));
      all_durable = all_durable && change.ok();
      if (change) journal_.config_changed(*std::move(change), in_force);
    }
    co_await record_changes(request);
    co_await record_visits(request);
    journal_.license_state("l-1", "grace", "read_only", "");
    journal_.license_state("", "", "read_only", "signature");
    const auto changed = co_await journal_.access_changes(exchange.loop(), 2, crypto::sha256("a"),
                                                          crypto::sha256("b"));
    all_durable = all_durable && changed.ok();
    (void)co_await exchange.respond(200, "", "");
  }

  net::Task<void> refuse(net::Exchange& /*exchange*/, net::Refusal /*refusal*/) override {
    co_return;
  }

  bool all_durable = false;

 private:
  net::Task<void> record_refusals(Request& request) {
    const base::MonoTime now = request.exchange.loop().now();
    journal_.set_floods({.single_records = 1}, now);
    for (const Act act : {Act::AuthFail, Act::AuthKeysFail, Act::AuthFwdReject, Act::AuthzDeny,
                          Act::HttpReject, Act::LimitHit, Act::InferenceRequest}) {
      co_await journal_.refused(request, &caller_, act, "permission");
    }
    co_await journal_.refused(request, nullptr, Act::AuthFail, "no_credential");
    co_await journal_.refused(request, nullptr, Act::AuthFail, "no_credential");
    journal_.refused_stranger(request, {"u-1", base::TenantId("acme")}, Act::AuthzDeny, "no_role");
    journal_.stripped(request, &caller_, 8);
    journal_.stripped(request, nullptr, 1);
    journal_.connection_refused(audit::Word("connections"), "203.0.113.0/24", now);
    journal_.record_floods(base::MonoTime::max());
  }

  net::Task<void> record_changes(Request& request) {
    request.route = &kChange;
    const Journal::Change change{
        .object = "u-1", .tenant = "acme", .before = "user", .after = "user/developer"};
    co_await journal_.change_refused(request, caller_, "role_not_held", change);
    for (const char* reason : {"", "store"}) {
      auto intent = co_await journal_.may_change(request, caller_, change);
      all_durable = all_durable && intent.ok();
      if (intent) journal_.changed(request, caller_, *std::move(intent), change, reason);
    }
  }

  net::Task<void> record_visits(Request& request) {
    const Journal::Visitor visitor{
        .subject = "u-1", .tenant = "acme", .kind = audit::ActorKind::User};
    const Journal::Visit visit{.method = "password"};
    all_durable = all_durable && (co_await journal_.visited(request, visitor, Act::LoginOk,
                                                            audit::Durability::Must, visit))
                                     .ok();
    journal_.set_floods({.single_records = 4}, request.exchange.loop().now());
    journal_.visit_refused(request, visitor, Act::LoginFail, {.reason = "secret"}, "/auth/login");
    journal_.visit_refused(request, {}, Act::TokenIssue, {.client = "cli", .reason = "pkce"},
                           "/auth/token");
    (void)co_await journal_.visited(request, visitor, Act::TokenIssue, audit::Durability::Should,
                                    {.client = "cli"});
    journal_.visit_ended(request, visitor, Act::TokenRevoke,
                         {.client = "cli", .reason = "refresh_reuse"});
    journal_.visit_ended(request, visitor, Act::SessionClose, {.reason = "idle"});
    const std::string_view issuer = "https://idp.test";
    (void)co_await journal_.visited(request, visitor, Act::LoginOk, audit::Durability::Must,
                                    {.method = "provider", .issuer = issuer});
    journal_.visit_refused(request, {}, Act::LoginFail, {.reason = "nonce", .issuer = issuer},
                           "/auth/callback");
    journal_.visit_ended(request, visitor, Act::SessionClose, {.reason = "iss", .issuer = issuer});
    const Journal::Change change{
        .object = "u-1", .tenant = "acme", .before = "totp", .after = "password"};
    co_await journal_.change_refused(request, visitor, Act::UserPassword, "unfit", change);
    for (const char* reason : {"", "store"}) {
      auto own = co_await journal_.may_change(request, visitor, Act::UserPassword, change);
      if (own) {
        journal_.changed(request, visitor, Act::UserPassword, *std::move(own), change, reason);
      }
      auto platforms = co_await journal_.platform_changes(request.exchange.loop(), "c-2",
                                                          Act::KeyRotate, change);
      if (platforms) {
        journal_.platform_changed("c-2", Act::KeyRotate, *std::move(platforms), change, reason);
      }
    }
  }

  net::Task<void> record_inference(Request& request) {
    const auto admitted = co_await journal_.inference_request(
        request, caller_, {.asked = "general", .upstream = "up1", .model = "m1", .stream = true});
    all_durable = admitted.ok();
    Journal::InferenceEnd end{.outcome = audit::Outcome::Ok,
                              .upstream = "up1",
                              .model = "m1",
                              .status = 200,
                              .tries = 2,
                              .input_tokens = 3,
                              .output_tokens = 5,
                              .usage_reported = true,
                              .bytes_out = 7,
                              .charge = Journal::Charge{8, true}};
    co_await journal_.inference_end(request, caller_, Act::InferenceComplete, "", end);
    co_await journal_.inference_end(request, caller_, Act::InferenceError, "extra_bytes", end);
    journal_.inference_egress(request, caller_,
                              {.upstream = "cloud",
                               .destination = "https://api.example.org:443",
                               .bytes_out = 70,
                               .bytes_in = 90});
    end.outcome = audit::Outcome::Error;
    co_await journal_.inference_end(request, caller_, Act::InferenceError, "reset", end);
    co_await journal_.inference_end(request, caller_, Act::InferenceAbort, "client_gone", end);
    end.outcome = audit::Outcome::Deny;
    co_await journal_.inference_end(request, caller_, Act::InferenceAbort, "role_removed", end);
    co_await journal_.failed(request, caller_, Act::InferenceError, "none_configured");
  }

  net::Task<void> record_tools(Request& request) {
    const Journal::ToolCall call{.tool = "file_read",
                                 .repository = "payments-api",
                                 .persona = "implementer",
                                 .policy = "acme-default",
                                 .version = 42,
                                 .why = "ALLOW",
                                 .rules = "R-100/R-110",
                                 .commit = std::string(40, 'a'),
                                 .approval = "apr_1",
                                 .shadow = "R-900",
                                 .effects = crypto::sha256("effects")};
    for (const auto outcome : {audit::Outcome::Ok, audit::Outcome::Deny, audit::Outcome::Error}) {
      Journal::ToolCall read = call;
      if (outcome == audit::Outcome::Error) read.reason = "no_service";
      (void)co_await journal_.tool_read(request, caller_, outcome, read);
    }
    for (const Act act : {Act::ToolChange, Act::ToolRun}) {
      Journal::ToolCall begun = call;
      begun.act = act;
      co_await journal_.change_refused(request, caller_, begun);
      for (const std::string_view reason : {"", "store"}) {
        auto intent = co_await journal_.may_change(request, caller_, begun);
        Journal::ToolCall ended = begun;
        ended.reason = reason;
        const auto outcome = reason.empty() ? audit::Outcome::Ok : audit::Outcome::Error;
        if (intent) journal_.changed(request, caller_, *std::move(intent), outcome, ended);
      }
    }
    co_await record_approvals(request);
    for (const std::string_view why : {"", "POLICY_INVALID"}) {
      journal_.policy_loaded({.name = "acme-default",
                              .tenant = "acme",
                              .version = 42,
                              .why = why,
                              .digest = crypto::sha256("policy")});
    }
  }

  net::Task<void> record_approvals(Request& request) {
    Journal::ApprovalStep step{.approval = "apr_1",
                               .tool = "patch_apply",
                               .repository = "payments-api",
                               .policy = "acme-default",
                               .version = 42,
                               .digest = crypto::sha256("approval")};
    for (const Act act : {Act::ApprovalRequest, Act::ApprovalDecide}) {
      step.act = act;
      if (act == Act::ApprovalDecide) step.verdict = "approve";
      for (const std::string_view reason : {"", "store"}) {
        step.reason = {};
        auto intent = co_await journal_.may_change(request, caller_, step);
        step.reason = reason;
        if (intent) journal_.changed(request, caller_, *std::move(intent), step);
      }
    }
    step.reason = {};
    step.why = "APPROVAL_SELF";
    co_await journal_.change_refused(request, caller_, step);
  }

  Journal& journal_;
  const access::Caller& caller_;
};

net::Task<void> ask(net::Loop& loop, const net::Endpoint& endpoint) {
  net::Scope scope(loop, loop.now() + base::Seconds(30));
  auto stream = co_await net::connect_socket(endpoint, scope, base::Seconds(1));
  if (!stream) co_return;
  const std::string_view request = "GET /route HTTP/1.1\r\nHost: test\r\n\r\n";
  (void)co_await net::write_all(**stream, std::span(&request, 1), scope, base::Seconds(1));
  (void)co_await net::read_some(**stream, loop.scratch(), scope, scope.deadline());
}

net::Task<void> ask_and_end(net::HttpServer& server, const net::Endpoint& endpoint) {
  co_await ask(server.loop(), endpoint);
  server.drain();
  server.cut_off();
  net::Scope pause(server.loop());
  while (server.connections() > 0) (void)co_await net::Sleep(pause, base::Millis(1));
  server.loop().stop();
}

int run(const std::string& folder) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  auto ledger = audit::Ledger::open(
      files, clock, entropy,
      {.folder = folder, .service = "test", .release = "1", .must_wait = base::Millis(10'000)});
  const auto caller = make_caller(clock);
  const auto endpoint = net::unix_endpoint(folder + "/socket");
  if (!ledger || !caller || !endpoint) return 1;
  net::Loop loop(clock);
  Journal journal(**ledger, clock);
  Producers producers(journal, *caller);
  net::HttpServer server(loop, {}, producers, nullptr);
  if (!server.listen(*endpoint, false)) return 1;
  net::spawn(ask_and_end(server, *endpoint));
  loop.run();
  return producers.all_durable && (*ledger)->close() ? 0 : 1;
}

}  // namespace
}  // namespace srasta::service

int main(int argc, char** argv) {
  return argc == 2 ? srasta::service::run(argv[1]) : 2;
}
