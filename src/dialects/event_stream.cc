#include "dialects/event_stream.h"

#include "dialects/chat_answer.h"
#include "json/scanner.h"

#include <utility>

namespace srasta::dialects {

void EventStream::take(std::string_view data) {
  if (data.empty()) return;
  if (data == "[DONE]") return on_done();
  const json::ScanOutcome scan = json::scan_object(data, {.lone_surrogates = true});
  if (!scan.ok()) return set(State::Broken);
  on_event(Fields(data));
}

void EventStream::report(const Fields& error, const Asked& asked) {
  const std::string message = error_message(error);
  send(failure({.status = 502,
                .code = "upstream_error",
                .message = message,
                .hint = {},
                .request_id = asked.request_id,
                .param = {}}));
  set(State::Failed);
}

std::string EventStream::feed(std::string_view bytes) {
  while (!bytes.empty() && running()) {
    const http::SseScanner::Step step = scanner_.next(bytes);
    bytes.remove_prefix(step.consumed);
    if (!step.event) continue;
    if (scanner_.data_dropped()) {
      set(State::Broken);
    } else {
      take(scanner_.data());
    }
  }
  return std::exchange(out_, {});
}

std::string EventStream::finish() {
  if (running()) on_end();
  return std::exchange(out_, {});
}

}  // namespace srasta::dialects
