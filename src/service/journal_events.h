#pragma once

#include "access/caller.h"
#include "audit/event.h"
#include "audit/ledger.h"
#include "net/blocking.h"
#include "service/request.h"

#include <string>
#include <string_view>
#include <utility>

// Private to service/: what the parts of the journal make their records of.
namespace srasta::service {

/// An id, or its commitment. Refers to both.
[[nodiscard]] audit::Subject subject_of(const std::optional<audit::Commitment>& commitment,
                                        std::string_view id);
audit::Subject subject_of(std::optional<audit::Commitment>&&, std::string_view) = delete;

/// A name that is not in the closed list would be a defect of this program; the record says so.
[[nodiscard]] audit::Reason reason_of(std::string_view name);
[[nodiscard]] audit::SeenHead seen_in(const Request& request);
/// Of class Should until somebody says otherwise.
[[nodiscard]] audit::Event event_of(const Request& request, const access::Caller* caller,
                                    audit::Act act, audit::Outcome outcome);
/// The rules that were asked, and for which permission.
[[nodiscard]] audit::PolicyRef rules_of(const Request& request, const access::Caller& caller);
/// The header line that tells the client of a record.
[[nodiscard]] std::string receipt_line(const audit::Receipt& receipt);

/// What the ledger reports to the sender that `ask` is called with.
template <typename Reported, typename Ask>
net::Task<base::Result<Reported>> answer_of(net::Loop& loop, Ask ask) {
  net::Scope scope(loop);
  net::Delivery<base::Result<Reported>> answer(loop);
  ask(answer.sender());
  // The ledger answers within its own bound, whatever the disk does.
  auto reported = co_await answer.receive(scope, base::MonoTime::max());
  co_return std::move(reported).value_or(
      base::make_error(base::Code::Unavailable, "the audit log did not answer"));
}

}  // namespace srasta::service
