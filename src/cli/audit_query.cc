#include "cli/audit_query.h"

#include "audit/act.h"

#include <string_view>

namespace srasta::cli {
namespace {

/// Values of a closed vocabulary that are misspelt would find nothing and look like an answer.
std::string check_act(const std::string& act) {
  if (act.ends_with('.') || audit::find_act(act)) return {};
  return "no such act; give a whole one, as in auth.fail, or a family, as in auth.";
}

std::string check_outcome(const std::string& outcome) {
  if (audit::find_outcome(outcome)) return {};
  return "allowed: allow, deny, error, ok, unknown";
}

}  // namespace

std::string check_audit_time(const std::string& time) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
  const auto fits = [&](size_t i) {
    return kForm[i] == '0' ? time[i] >= '0' && time[i] <= '9' : time[i] == kForm[i];
  };
  for (size_t i = 0; i < time.size(); ++i) {
    if (i >= kForm.size() || !fits(i)) return "give UTC as in 2026-11-24T09:05, or a part of it";
  }
  return time.size() < 4 ? "give at least a year" : "";
}

void add_query_options(Command command, audit::Query& query, const std::string& outcome) {
  command.add_option("--act", query.act, "as in auth.fail, or a family, as in auth.",
                     {.check = check_act});
  command.add_option("--actor", query.actor, "id of the principal");
  command.add_option("--tenant", query.tenant, "tenant of the principal");
  command.add_option(outcome, query.outcome, "allow, deny, error, ok or unknown",
                     {.check = check_outcome});
  command.add_option("--request", query.request, "value of x-request-id");
  command.add_option("--since", query.since, "UTC, as in 2026-11-24T09:05 (inclusive)",
                     {.check = check_audit_time});
  command.add_option("--until", query.until, "UTC (exclusive)", {.check = check_audit_time});
}

}  // namespace srasta::cli
