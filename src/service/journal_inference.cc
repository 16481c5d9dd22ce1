// The part of the journal that tells of generations.
#include "service/journal.h"
#include "service/journal_events.h"

namespace srasta::service {

using audit::Label;

net::Task<base::Result<void>> Journal::inference_request(Request& request,
                                                         const access::Caller& caller,
                                                         const InferenceStart& start) {
  audit::Event event =
      event_of(request, &caller, audit::Act::InferenceRequest, audit::Outcome::Allow);
  event.policy = rules_of(request, caller);
  event.data.add("asked", Label(start.asked));
  event.data.add("upstream", Label(start.upstream));
  event.data.add("model", Label(start.model));
  event.data.add("stream", start.stream);
  co_return co_await put_for(request, event);
}

net::Task<void> Journal::inference_end(const Request& request, const access::Caller& caller,
                                       audit::Act act, std::string_view reason,
                                       const InferenceEnd& end) {
  audit::Event event = event_of(request, &caller, act, end.outcome);
  event.data.add("reason", reason_of(reason));
  event.data.add("upstream", Label(end.upstream));
  event.data.add("model", Label(end.model));
  event.data.add("status", end.status);
  event.data.add("input_tokens", end.input_tokens);
  event.data.add("output_tokens", end.output_tokens);
  event.data.add("usage_reported", end.usage_reported);
  event.data.add("bytes_out", end.bytes_out);
  if (end.tries > 1) event.data.add("tries", end.tries);
  if (end.charge) {
    event.data.add("charged", end.charge->tokens).add("estimated", end.charge->estimated);
  }
  (void)co_await put(request.exchange.loop(), event);
}

void Journal::inference_egress(const Request& request, const access::Caller& caller,
                               const InferenceEgress& egress) {
  audit::Event event = event_of(request, &caller, audit::Act::InferenceEgress, audit::Outcome::Ok);
  event.data.add("upstream", Label(egress.upstream));
  event.data.add("destination", Label(egress.destination));
  event.data.add("bytes_out", egress.bytes_out);
  event.data.add("bytes_in", egress.bytes_in);
  (void)ledger_.append(event);
}

}  // namespace srasta::service
