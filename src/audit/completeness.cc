#include "audit/completeness.h"

#include "audit/search.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace srasta::audit {
namespace {

enum class Phase : uint8_t { None, Begin, End };

struct Step {
  Phase phase = Phase::None;
  std::string_view family;
};

Step step_of(const Found& record) {
  constexpr std::string_view kInference = "inference.";
  if (record.act == "inference.request") {
    return {record.outcome == "allow" ? Phase::Begin : Phase::None, kInference};
  }
  if (record.act == "inference.complete" || record.act == "inference.abort" ||
      record.act == "inference.error") {
    return {Phase::End, kInference};
  }
  for (const auto& [suffix, phase] : {std::pair(std::string_view(".intent"), Phase::Begin),
                                      std::pair(std::string_view(".outcome"), Phase::End)}) {
    if (record.act.ends_with(suffix)) {
      return {phase, record.act.substr(0, record.act.size() - suffix.size())};
    }
  }
  return {};
}

}  // namespace

void Completeness::add(std::string_view line) {
  const auto record = read_found(line);
  if (!record) return;
  if (record->act == "log.open") end_writer(false);
  if (record->act == "log.close") end_writer(true);
  const Step step = step_of(*record);
  if (step.phase == Phase::None || record->request.empty()) return;
  std::string key = std::string(step.family) + " " + std::string(record->request);
  if (step.phase == Phase::Begin) {
    open_[std::move(key)] = {std::string(record->request), std::string(record->act), record->seq};
    return;
  }
  // An error without a request before it: no engine was there to be asked.
  if (open_.erase(key) > 0) ++summary_.ended;
}

void Completeness::end_writer(bool in_order) {
  if (!in_order) {
    summary_.unknown += open_.size();
  } else {
    for (auto& [key, begun] : open_) summary_.missing.push_back(std::move(begun));
  }
  open_.clear();
}

Completeness::Summary Completeness::finish() {
  summary_.in_flight = open_.size();
  std::ranges::sort(summary_.missing, {}, &Begun::seq);
  return std::move(summary_);
}

}  // namespace srasta::audit
