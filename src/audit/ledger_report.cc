#include "audit/ledger_report.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

constexpr uint64_t kMostUnanchored = 8192;

constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"OK", "OK_UNANCHORED_TAIL", "RECOVERED_TORN_TAIL", "CLOCK_STEP", "PRUNED_AUTHORISED",
     "UNCHECKED", "MODIFIED", "REORDERED", "DUPLICATE_SEQ", "GAP", "TRUNCATED", "ROLLED_BACK",
     "SEGMENT_MISSING", "FORK", "BAD_SIGNATURE", "EPOCH_GAP", "UNREADABLE"});
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

int LedgerReport::exit_code() const {
  if (std::ranges::any_of(streams, is_violated)) return 1;
  if (!problem.empty() || std::ranges::any_of(streams, is_unreadable)) return 3;
  return std::ranges::any_of(streams, is_unanchored_stream) ? 2 : 0;
}

bool LedgerReport::intact() const {
  const int code = exit_code();
  return code == 0 || code == 2;
}

std::string LedgerReport::sentence() const {
  uint64_t records = 0;
  uint64_t unsigned_records = 0;
  for (const StreamReport& report : streams) {
    records += report.records - report.first;
    unsigned_records += report.tail();
  }
  switch (exit_code()) {
    case 0:
      return fmt::format("OK ({} records in {} streams: unbroken, all but the last {} signed, {})",
                         records, streams.size(), unsigned_records,
                         trusted_key ? "trusted log key" : "log key of the folder itself");
    case 1:
      return "VIOLATED (changed, removed or not signed as it should be: " +
             names_of(streams, is_violated) + ")";
    case 2:
      return fmt::format(
          "UNANCHORED ({} records in {} streams: unbroken, but too few signed in {})", records,
          streams.size(), names_of(streams, is_unanchored_stream));
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
