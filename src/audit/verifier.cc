#include "audit/verifier.h"

#include "audit/verify_stream.h"
#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace srasta::audit {
namespace {

constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"OK", "RECOVERED_TORN_TAIL", "MODIFIED", "REORDERED", "DUPLICATE_SEQ", "GAP", "TRUNCATED",
     "SEGMENT_MISSING", "UNREADABLE"});
static_assert(kVerdicts.size() == static_cast<size_t>(Verdict::Unreadable) + 1);

bool names_a_stream(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return name != "origin" && name != "keys" && name.size() <= 32 &&
         std::ranges::all_of(name, allowed);
}

void append_finding(std::string& out, const std::string& stream, const Finding& finding) {
  out.append(stream).append(": ").append(to_string(finding.verdict)).append(" ");
  out.append(std::to_string(finding.seq)).append(" (").append(finding.where).append(")\n");
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts[static_cast<size_t>(verdict)];
}

int LedgerReport::exit_code() const {
  const auto violated = [](const StreamReport& report) {
    return report.violation && report.violation->verdict != Verdict::Unreadable;
  };
  const auto unreadable = [](const StreamReport& report) { return report.violation.has_value(); };
  if (std::ranges::any_of(streams, violated)) return 1;
  if (!problem.empty() || std::ranges::any_of(streams, unreadable)) return 3;
  return 0;
}

std::string LedgerReport::text() const {
  std::string out;
  if (!problem.empty()) out.append("UNREADABLE: ").append(problem).append("\n");
  for (const StreamReport& report : streams) {
    for (const Finding& note : report.notes) append_finding(out, report.stream, note);
    if (report.records > 0) {
      out.append(report.stream).append(": OK 0-").append(std::to_string(report.records - 1));
      out.append(" head ").append(base::to_hex(crypto::bytes_of(report.head))).append("\n");
    }
    if (report.violation) append_finding(out, report.stream, *report.violation);
  }
  if (exit_code() == 0) {
    out += "OK (chain intact; no checkpoints in this version: a cut tail cannot be seen)\n";
  }
  return out;
}

LedgerReport verify_ledger(base::FileSystem& files, const std::string& folder) {
  LedgerReport report;
  auto origin = base::read_file(files, folder + "/origin", 1024);
  const auto names = files.list(folder);
  if (!origin || !names) {
    report.problem = !origin ? origin.error().message : names.error().message;
    return report;
  }
  const std::string install_id = origin->substr(0, origin->find('\n'));
  for (const std::string& name : *names) {
    if (!names_a_stream(name)) continue;
    report.streams.push_back(verify_stream(files, folder, install_id, name));
  }
  if (report.streams.empty()) report.problem = folder + " holds no stream";
  return report;
}

}  // namespace srasta::audit
