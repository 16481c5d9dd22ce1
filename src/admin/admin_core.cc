#include "admin/admin_core.h"

#include "http/path.h"
#include "http/query.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

namespace srasta::admin {
namespace {

using service::ErrorCode;
using service::Request;

constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

int64_t seconds_of(const base::Clock& clock) {
  return base::unix_seconds(clock.wall());
}

/// Whether a change is only to be tried; nothing: another parameter, or another value.
std::optional<bool> is_dry(const Request& request) {
  const auto path = http::canonical_path(request.exchange.head().path);
  const auto query = path ? http::parse_query(path->query) : std::nullopt;
  if (!query) return std::nullopt;
  if (query->empty()) return false;
  const auto& [name, value] = query->front();
  if (query->size() > 1 || name != "dry_run" || (value != "true" && value != "false")) {
    return std::nullopt;
  }
  return value == "true";
}

}  // namespace

void AdminCore::declare(config::Loaded loaded, std::function<void(base::Result<void>)> done) {
  const auto shared = std::make_shared<config::Loaded>(std::move(loaded));
  store_.submit([this, shared, done = std::move(done)] {
    auto outcome = parts_.registry.declare(std::move(*shared));
    if (const auto noted =
            parts_.registry.note_file(seconds_of(parts_.clock), Registry::Noted::AtReload);
        !noted) {
      parts_.log.warn("the configuration file is not in the history",
                      {{"reason", std::string_view(noted.error().message)}});
    }
    parts_.loop.post([done, outcome = std::move(outcome)] { done(outcome); });
  });
}

void AdminCore::settle() {
  store_.submit([this] {
    const auto settled = parts_.registry.settle();
    if (settled) return;
    parts_.log.error("access rules cannot be put in force",
                     {{"reason", std::string_view(settled.error().message)}});
  });
}

net::Task<void> AdminCore::respond(Served served, int status, std::string body) {
  const std::string fields = fmt::format("{}Content-Type: application/json\r\n{}",
                                         served.request.common_fields(), kNoStore);
  (void)co_await served.request.exchange.respond(status, fields, body);
}

void AdminCore::log_failure(const Request& request, const Refusal& refusal) const {
  if (refusal.detail.empty()) return;
  parts_.log.warn("the database refused",
                  {{"rid", request.id.view()}, {"reason", std::string_view(refusal.detail)}});
}

net::Task<void> AdminCore::answer(Served served, Question question) {
  const int64_t now = seconds_of(parts_.clock);
  const Actor actor = actor_of(served.caller);
  Answered<std::string> answered =
      co_await on_store([this, actor, now, question = std::move(question)] {
        return parts_.registry.ask(actor, now, question);
      });
  if (answered) {
    const auto recorded = co_await served.journal.served(served.request, served.caller);
    if (recorded) {
      co_await respond(served, 200, *std::move(answered));
    } else {
      co_await service::answer_error(served.request, ErrorCode::AuditUnavailable);
    }
    co_return;
  }
  const Refusal& refusal = answered.error();
  log_failure(served.request, refusal);
  if (refusal.reason == "store") {
    co_await served.journal.failed(served.request, served.caller,
                                   served.request.route->evidence.act, refusal.reason);
  } else {
    const bool hidden = refusal.code == ErrorCode::NotFound;
    co_await served.journal.refused(served.request, &served.caller,
                                    hidden ? audit::Act::AuthzDeny : audit::Act::HttpReject,
                                    refusal.reason);
  }
  co_await service::answer_error(served.request, refusal.code, refusal.param);
}

int64_t AdminCore::uptime() const {
  return std::chrono::duration_cast<base::Seconds>(parts_.clock.mono() - started_).count();
}

Answered<void> AdminCore::may_grow(const service::RouteSpec& route, int64_t now) {
  if (route.license != service::LicenseColumn::Grow) return {};
  SRASTA_STORE_ASSIGN(const LicenseState state, parts_.registry.license(now, uptime()));
  if (state.posture != access::Posture::ReadOnly) return {};
  return std::unexpected(Refusal{.code = ErrorCode::LicenseReadOnly, .reason = "read_only"});
}

void AdminCore::look_at_license() {
  net::spawn(note_license());
}

net::Task<void> AdminCore::note_license() {
  const auto state = co_await on_store(
      [this] { return parts_.registry.license(seconds_of(parts_.clock), uptime()); });
  if (!state) {
    parts_.log.error("the license cannot be looked at",
                     {{"reason", std::string_view(state.error().message)}});
    co_return;
  }
  if (posture_ == state->posture) co_return;
  const std::string_view before = posture_ ? to_string(*posture_) : std::string_view();
  posture_ = state->posture;
  parts_.log.info("license", {{"posture", to_string(state->posture)}, {"problem", state->problem}});
  const std::optional<access::License>& license = state->license;
  parts_.journal.license_state(license ? std::string_view(license->id) : std::string_view(), before,
                               to_string(state->posture), state->problem);
}

net::Task<void> AdminCore::change(Served served, Edit edit, Success success) {
  const auto dry = is_dry(served.request);
  if (!dry) {
    co_await refuse_parameter(served, "dry_run");
    co_return;
  }
  const int64_t now = seconds_of(parts_.clock);
  const Actor actor = actor_of(served.caller);
  const service::RouteSpec& route = *served.request.route;
  auto [answered, about] = co_await on_store([this, actor, now, edit, &route] {
    service::Journal::Change seen;
    const auto grows = may_grow(route, now);
    auto answer = grows ? parts_.registry.rehearse(actor, now, edit, seen)
                        : Answered<std::string>(std::unexpected(grows.error()));
    return std::pair(std::move(answer), std::move(seen));
  });
  if (!answered) {
    const Refusal& refusal = answered.error();
    log_failure(served.request, refusal);
    if (refusal.code == ErrorCode::LicenseReadOnly || refusal.code == ErrorCode::LicenseLimit) {
      co_await served.journal.refused(served.request, &served.caller, audit::Act::LicenseDeny,
                                      refusal.reason);
    } else {
      co_await served.journal.change_refused(served.request, served.caller, refusal.reason, about);
    }
    co_await refuse(served, answered.error());
  } else if (*dry) {
    co_await respond(served, 200, *std::move(answered));
  } else {
    co_await make_change(served, std::move(edit), std::move(success), std::move(about));
  }
}

net::Task<void> AdminCore::make_change(Served served, Edit edit, Success success,
                                       service::Journal::Change about) {
  const int64_t now = seconds_of(parts_.clock);
  auto intent = co_await served.journal.may_change(served.request, served.caller, about);
  if (!intent) {
    co_await service::answer_error(served.request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const Actor actor = actor_of(served.caller);
  auto [answered, done] = co_await on_store([this, actor, now, edit = std::move(edit)] {
    service::Journal::Change seen;
    auto answer = parts_.registry.perform(actor, now, edit, seen);
    return std::pair(std::move(answer), std::move(seen));
  });
  if (answered && success.carry_out) {
    answered = co_await success.carry_out(*std::move(answered));
  }
  served.journal.changed(served.request, served.caller, *std::move(intent), done,
                         answered ? std::string_view() : answered.error().reason);
  if (!answered) {
    log_failure(served.request, answered.error());
    co_await refuse(served, answered.error());
    co_return;
  }
  co_await respond(served, success.status, success.shown ? success.shown(*answered) : *answered);
}

net::Task<void> AdminCore::refuse(Served served, const Refusal& refusal) {
  co_await service::answer_error(served.request, refusal.code, refusal.param);
}

/// Of a body that is not understood nothing else is known.
net::Task<void> AdminCore::refuse_input(Served served, const Refusal& refusal) {
  co_await served.journal.change_refused(served.request, served.caller, refusal.reason,
                                         {.object = std::string(served.request.path_parameter)});
  co_await refuse(served, refusal);
}

net::Task<void> AdminCore::refuse_parameter(Served served, std::string name) {
  co_await served.journal.refused(served.request, &served.caller, audit::Act::HttpReject,
                                  "parameter");
  co_await service::answer_error(served.request, ErrorCode::InvalidParameter, name);
}

}  // namespace srasta::admin
