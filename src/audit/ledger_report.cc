#include "audit/ledger_report.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

constexpr uint64_t kMostUnanchored = 8192;

constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"OK", "OK_UNANCHORED_TAIL", "RECOVERED_TORN_TAIL", "CLOCK_STEP", "RESTORED",
     "PRUNED_AUTHORISED", "UNCHECKED", "MODIFIED", "REORDERED", "DUPLICATE_SEQ", "GAP", "TRUNCATED",
     "ROLLED_BACK", "SEGMENT_MISSING", "FORK", "BAD_SIGNATURE", "EPOCH_GAP", "UNREADABLE"});
static_assert(kVerdicts.size() == static_cast<size_t>(Verdict::Unreadable) + 1);

bool is_unreadable(const StreamReport& report) {
  return report.violation && report.violation->verdict == Verdict::Unreadable;
}

bool is_violated(const StreamReport& report) {
  return report.violation && report.violation->verdict != Verdict::Unreadable;
}

bool is_unanchored_stream(const StreamReport& report) {
  return report.is_unanchored();
}

bool lacks_quorum_stream(const StreamReport& report) {
  return report.lacks_quorum();
}

template <typename Fits>
std::string names_of(const std::vector<StreamReport>& streams, Fits fits) {
  std::string names;
  for (const StreamReport& report : streams) {
    if (!fits(report)) continue;
    if (!names.empty()) names += ", ";
    names += report.stream;
  }
  return names;
}

void append_finding(std::string& out, const std::string& stream, const Finding& finding) {
  out += fmt::format("{}: {} {} ({})\n", stream, to_string(finding.verdict), finding.seq,
                     finding.where);
}

void append_stream(std::string& out, const StreamReport& report) {
  for (const Finding& note : report.notes) append_finding(out, report.stream, note);
  if (report.records > report.first) {
    out += fmt::format("{}: OK {}-{} head {}\n", report.stream, report.first, report.records - 1,
                       base::to_hex(crypto::bytes_of(report.head)));
  }
  if (report.violation) return append_finding(out, report.stream, *report.violation);
  if (report.witnessed) {
    out +=
        fmt::format("{}: WITNESSED {} of {}\n", report.stream, *report.witnessed, report.records);
  } else if (report.asks_witnesses) {
    out += report.stream + ": NO_QUORUM\n";
  }
  if (report.tail() > 0) {
    out += fmt::format("{}: {} {} from {}\n", report.stream, to_string(Verdict::UnanchoredTail),
                       report.tail(), report.anchored.value_or(0));
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts[static_cast<size_t>(verdict)];
}

bool StreamReport::is_unanchored() const {
  return !violation && (!anchored || !ended_well || tail() > kMostUnanchored);
}

void StreamReport::violate(Finding finding) {
  violation = std::move(finding);
  // What checkpoints say of a stream that is not the one that was shown counts for nothing.
  anchored.reset();
  witnessed.reset();
}

bool StreamReport::lacks_quorum() const {
  return !violation && asks_witnesses && (!witnessed || records - *witnessed > kMostUnanchored);
}

int LedgerReport::exit_code() const {
  if (std::ranges::any_of(streams, is_violated)) return 1;
  if (!problem.empty() || std::ranges::any_of(streams, is_unreadable)) return 3;
  const bool unanchored = std::ranges::any_of(streams, is_unanchored_stream) ||
                          std::ranges::any_of(streams, lacks_quorum_stream);
  return unanchored ? 2 : 0;
}

bool LedgerReport::intact() const {
  const int code = exit_code();
  return code == 0 || code == 2;
}

std::string LedgerReport::anchoring() const {
  uint64_t unsigned_records = 0;
  uint64_t unwitnessed = 0;
  for (const StreamReport& report : streams) {
    unsigned_records += report.tail();
    unwitnessed += report.records - report.witnessed.value_or(0);
  }
  std::string text = fmt::format("all but the last {} signed, {}", unsigned_records,
                                 trusted_key ? "trusted log key" : "log key of the folder itself");
  if (asks_witnesses) text += fmt::format(", all but the last {} witnessed", unwitnessed);
  return text;
}

std::string LedgerReport::lacking() const {
  std::string text;
  if (std::ranges::any_of(streams, is_unanchored_stream)) {
    text = "but too few signed in " + names_of(streams, is_unanchored_stream);
  }
  if (!std::ranges::any_of(streams, lacks_quorum_stream)) return text;
  if (!text.empty()) text += ", ";
  return text + "but not cosigned as the policy asks in " + names_of(streams, lacks_quorum_stream);
}

std::string LedgerReport::sentence() const {
  const auto unbroken = [this] {
    uint64_t records = 0;
    for (const StreamReport& report : streams) records += report.records - report.first;
    return fmt::format("{} records in {} streams: unbroken", records, streams.size());
  };
  switch (exit_code()) {
    case 0:
      return fmt::format("OK ({}, {})", unbroken(), anchoring());
    case 1:
      return "VIOLATED (changed, removed or not signed as it should be: " +
             names_of(streams, is_violated) + ")";
    case 2:
      return fmt::format("UNANCHORED ({}, {})", unbroken(), lacking());
    default:
      return "UNREADABLE (no verdict: " +
             (problem.empty() ? names_of(streams, is_unreadable) : problem) + ")";
  }
}

std::string LedgerReport::text() const {
  std::string out = sentence() + "\n";
  for (const StreamReport& report : streams) append_stream(out, report);
  return out;
}

}  // namespace srasta::audit
