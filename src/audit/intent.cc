#include "audit/intent.h"

#include "audit/start.h"
#include "audit/two_phase.h"
#include "base/check.h"

#include <utility>

namespace srasta::audit {
namespace {

Event end_event(Act act, Outcome outcome, std::string_view request) {
  Event event = system_event(act);
  event.outcome = outcome;
  event.durability = Durability::Should;
  event.corr.request = Label(request);
  return event;
}

}  // namespace

void Intent::declare(Ledger& ledger, const Event& event, Declared declared) {
  const auto outcome = unseen_end_of(to_string(event.act));
  SRASTA_CHECK(outcome && !event.corr.request.empty(), "an intent has an outcome and a name");
  std::string request(event.corr.request.view());
  ledger.append_durable(event, [&ledger, outcome = *outcome, request = std::move(request),
                                declared = std::move(declared)](base::Result<Receipt> receipt) {
    if (receipt) return declared(Intent(ledger, outcome, request, *std::move(receipt)));
    (void)ledger.append(end_event(outcome, Outcome::Error, request));
    declared(receipt.error());
  });
}

Intent::Intent(Ledger& ledger, Act outcome, std::string request, Receipt receipt)
    : ledger_(&ledger),
      outcome_(outcome),
      request_(std::move(request)),
      receipt_(std::move(receipt)) {}

Intent::Intent(Intent&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)),
      outcome_(other.outcome_),
      request_(std::move(other.request_)),
      receipt_(std::move(other.receipt_)) {}

Intent::~Intent() {
  if (ledger_ != nullptr) (void)ledger_->append(end_event(outcome_, Outcome::Unknown, request_));
}

base::Result<void> Intent::end(Event event) && {
  event.act = outcome_;
  event.durability = Durability::Should;
  event.corr.request = Label(request_);
  return std::exchange(ledger_, nullptr)->append(event);
}

}  // namespace srasta::audit
