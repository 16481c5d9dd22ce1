#include "audit/completeness.h"

#include "audit/stored_line.h"
#include "audit/two_phase.h"
#include "base/encoding.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace srasta::audit {

namespace {

constexpr std::string_view kBegin = R"({"act":")";
/// The outcome with which everything begins that can.
constexpr std::string_view kBeginning = "allow";

std::string key_of(std::string_view family, std::string_view request) {
  return std::string(family).append(" ").append(request);
}

}  // namespace

Completeness::Completeness(std::span<const Begun> under_way) {
  for (const Begun& begun : under_way) {
    open_.emplace(key_of(step_of(begun.act, kBeginning).family, begun.request), begun);
  }
}

void Completeness::add(std::string_view line) {
  if (!line.starts_with(kBegin)) return;
  const std::string_view act = find_raw_member(line, kBegin);
  if (act == "log.open") {
    for (auto& [key, begun] : open_) begun.killed = true;
  }
  if (act == "log.close") writer_ended_in_order();
  // Most acts neither begin nor end anything: they are not looked at further.
  if (step_of(act, kBeginning).phase == Phase::None) return;
  const std::string_view outcome = find_last_raw_member(line, R"(,"out":")");
  const Step step = step_of(act, outcome);
  if (step.phase == Phase::None) return;
  const std::string_view request = find_raw_member(line, R"("rid":")");
  if (request.empty()) return;
  std::string key = key_of(step.family, request);
  if (step.phase == Phase::Begin) {
    const auto seq = base::parse_u64(find_last_raw_member(line, R"(,"seq":)"));
    if (!seq) return;
    open_.emplace(std::move(key),
                  Begun{.request = std::string(request), .act = std::string(act), .seq = *seq});
    return;
  }
  const auto [first, last] = open_.equal_range(key);
  const auto oldest = std::min_element(
      first, last, [](const auto& a, const auto& b) { return a.second.seq < b.second.seq; });
  // An error without a request before it: no engine was there to be asked.
  if (oldest == last) return;
  open_.erase(oldest);
  ++(outcome == "unknown" ? summary_.unknown : summary_.ended);
}

void Completeness::writer_ended_in_order() {
  std::erase_if(open_, [this](const auto& entry) {
    if (entry.second.killed) return false;
    summary_.missing.push_back(entry.second);
    return true;
  });
}

std::vector<Completeness::Begun> Completeness::under_way() const {
  std::vector<Begun> begun;
  begun.reserve(open_.size());
  for (const auto& [key, one] : open_) begun.push_back(one);
  std::ranges::sort(begun, {}, &Begun::seq);
  return begun;
}

Completeness::Summary Completeness::finish() {
  for (auto& [key, begun] : open_) {
    ++(begun.killed ? summary_.unknown : summary_.in_flight);
    summary_.unfinished.push_back(std::move(begun));
  }
  std::ranges::sort(summary_.missing, {}, &Begun::seq);
  std::ranges::sort(summary_.unfinished, {}, &Begun::seq);
  return std::move(summary_);
}

}  // namespace srasta::audit
