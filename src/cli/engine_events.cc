#include "cli/engine_events.h"

#include "base/encoding.h"

#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t space = text.find(' '); space != text.npos; space = text.find(' ')) {
    words.push_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  words.push_back(text);
  return words;
}

std::optional<int> number(std::string_view text) {
  const auto value = base::parse_u64(text);
  if (!value || *value > 0x7FFFFFFF) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::string to_message(const EngineEvent& event) {
  if (!event.exit) return fmt::format("start {} {}", event.engine, event.pid);
  return fmt::format("end {} {} {}", event.engine, event.exit->status, event.exit->signal);
}

std::optional<EngineEvent> parse_engine_event(std::string_view message) {
  const auto words = words_of(message);
  if (words.size() < 3 || words[1].empty()) return std::nullopt;
  const auto first = number(words[2]);
  if (words[0] == "start" && words.size() == 3 && first) {
    return EngineEvent{.engine = std::string(words[1]), .pid = *first, .exit = {}};
  }
  if (words[0] != "end" || words.size() != 4 || !first) return std::nullopt;
  const auto signal = number(words[3]);
  if (!signal) return std::nullopt;
  return EngineEvent{.engine = std::string(words[1]),
                     .pid = 0,
                     .exit = process::Exit{.status = *first, .signal = *signal}};
}

}  // namespace srasta::cli
