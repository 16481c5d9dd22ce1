#include "audit/legal_hold.h"

#include <algorithm>

namespace srasta::audit {

bool is_hold_word(std::string_view text) {
  constexpr size_t kMostBytes = 32;
  return !text.empty() && text.size() <= kMostBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Event hold_event(const LegalHold& hold, bool on) {
  Event event{.act = Act::LogHold, .outcome = Outcome::Ok};
  event.data.add("code", Label(std::string_view(hold.code)))
      .add("hold", Label(std::string_view(hold.name)))
      .add("on", on)
      .add("stream", Label(std::string_view(hold.stream)));
  return event;
}

void LegalHolds::add(const CheckedRecord& record) {
  if (!record.is("log.hold")) return;
  const std::string name(record.data(R"("hold":")"));
  if (record.data(R"("on":)") == "false") {
    std::erase_if(holds_, [&name](const LegalHold& hold) { return hold.name == name; });
    return;
  }
  holds_.push_back({.name = name,
                    .stream = std::string(record.data(R"("stream":")")),
                    .code = std::string(record.data(R"("code":")"))});
}

const LegalHold* LegalHolds::on(std::string_view stream) const {
  const auto found =
      std::ranges::find_if(holds_, [stream](const LegalHold& hold) { return hold.covers(stream); });
  return found == holds_.end() ? nullptr : &*found;
}

bool LegalHolds::has(std::string_view name) const {
  return std::ranges::find(holds_, name, &LegalHold::name) != holds_.end();
}

}  // namespace srasta::audit
