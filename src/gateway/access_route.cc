#include "gateway/access_route.h"

#include "access/explain.h"
#include "access/principal.h"
#include "json/document.h"
#include "json/writer.h"

#include <algorithm>
#include <expected>
#include <optional>

namespace srasta::gateway {
namespace {

using service::ErrorCode;

/// Why a question cannot be answered, and the member that is to blame.
struct Refused {
  ErrorCode code = ErrorCode::InvalidRequest;
  std::string_view member;
};

std::expected<std::string, Refused> text_of(json::Value body, std::string_view name,
                                            std::string fallback) {
  const auto member = body.find(name);
  if (!member) return fallback;
  const auto text = member->string();
  if (!text || text->empty()) return std::unexpected(Refused{.member = name});
  return std::string(*text);
}

std::expected<std::vector<std::string>, Refused> texts_of(json::Value body, std::string_view name) {
  const auto member = body.find(name);
  if (!member) return std::vector<std::string>{};
  auto texts = json::texts_of(*member);
  if (!texts) return std::unexpected(Refused{.member = name});
  return *std::move(texts);
}

/// The scopes that the token is to have; nothing: it is not narrowed.
std::expected<std::optional<access::PermissionSet>, Refused> scopes_of(json::Value body) {
  const auto values = texts_of(body, "scopes");
  if (!values) return std::unexpected(values.error());
  const bool ours = std::ranges::all_of(
      *values, [](const std::string& value) { return value.starts_with(access::kScopePrefix); });
  if (!ours) return std::unexpected(Refused{.member = "scopes"});
  return access::parse_scopes(*values);
}

/// The members that say whom the question is about.
std::expected<void, Refused> read_whom(json::Value body, access::Question& question) {
  const base::TenantId own = question.tenant;
  question = access::Question{.issuer = std::string(access::kLocalIssuer), .tenant = own};
  const auto subject = text_of(body, "subject", "-");
  const auto issuer = text_of(body, "issuer", question.issuer);
  const auto key = text_of(body, "key", "");
  const auto acting = text_of(body, "act", "");
  const auto roles = texts_of(body, "roles");
  auto personas = texts_of(body, "personas");
  if (!subject) return std::unexpected(subject.error());
  if (!issuer) return std::unexpected(issuer.error());
  if (!key) return std::unexpected(key.error());
  if (!acting) return std::unexpected(acting.error());
  if (!roles) return std::unexpected(roles.error());
  if (!personas) return std::unexpected(personas.error());
  question.subject = *subject;
  question.issuer = *issuer;
  question.key_id = *key;
  for (const std::string& role : *roles) question.roles.emplace_back(role);
  question.personas = *std::move(personas);
  if (!acting->empty()) question.delegates = {{question.issuer, *acting}};
  return {};
}

std::expected<access::Question, Refused> read_question(json::Value body,
                                                       const access::Caller& caller,
                                                       const access::AccessSnapshot& snapshot) {
  access::Question question = question_of(caller);
  if (body.find("subject") || body.find("roles") || body.find("key")) {
    if (auto read = read_whom(body, question); !read) return std::unexpected(read.error());
  }
  const auto action = text_of(body, "action", "");
  const auto permission = access::parse_permission(action.value_or(""));
  if (!permission) return std::unexpected(Refused{.member = "action"});
  question.action = *permission;
  const auto scopes = scopes_of(body);
  if (!scopes) return std::unexpected(scopes.error());
  if (const std::optional<access::PermissionSet>& named = *scopes) {
    question.scopes = question.scopes.value_or(*named) & *named;
  }
  auto persona = text_of(body, "persona", question.persona);
  if (!persona) return std::unexpected(persona.error());
  question.persona = *std::move(persona);
  if (body.find("model")) {
    auto model = text_of(body, "model", "");
    if (!model) return std::unexpected(model.error());
    question.model = *std::move(model);
  }
  const auto tenant = text_of(body, "tenant", caller.tenant().str());
  if (!tenant) return std::unexpected(tenant.error());
  // Nothing is said about other tenants, not even whether they or their keys exist.
  const auto key = snapshot.key(question.key_id);
  if (*tenant != caller.tenant().view() || (key && key->tenant != caller.tenant())) {
    return std::unexpected(Refused{.code = ErrorCode::NotFound, .member = {}});
  }
  return question;
}

std::string explanation_json(const access::Explanation& explanation) {
  json::Writer writer;
  writer.begin_object().member("allowed", explanation.allowed);
  writer.member("rule", std::string_view(explanation.rule));
  if (!explanation.reason.empty()) writer.member("reason", std::string_view(explanation.reason));
  writer.key("roles").begin_array();
  for (const base::RoleName& role : explanation.roles) writer.string(role.view());
  writer.end_array().member("revision", static_cast<int64_t>(explanation.revision));
  return writer.end_object().take();
}

}  // namespace

net::Task<void> answer_explain(service::Request& request, const access::Caller& caller,
                               const access::AccessSnapshot& snapshot, service::Journal& journal,
                               base::WallTime now) {
  const auto document = json::Document::parse(request.body);
  if (!document || !document->root().is_object()) {
    co_await journal.refused(request, &caller, audit::Act::HttpReject, "json");
    co_await service::answer_error(request, ErrorCode::InvalidJson);
    co_return;
  }
  auto question = read_question(document->root(), caller, snapshot);
  if (!question) {
    const bool hidden = question.error().code == ErrorCode::NotFound;
    co_await journal.refused(request, &caller,
                             hidden ? audit::Act::AuthzDeny : audit::Act::HttpReject,
                             hidden ? "object" : "invalid_value");
    co_await service::answer_error(request, question.error().code, question.error().member);
    co_return;
  }
  question->now = base::unix_seconds(now);
  const auto recorded = co_await journal.served(request, caller);
  if (!recorded) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  co_await service::answer_json(request, explanation_json(explain(snapshot, *question)));
}

}  // namespace srasta::gateway
