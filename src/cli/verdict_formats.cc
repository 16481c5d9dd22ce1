#include "cli/verdict_formats.h"

#include "base/encoding.h"
#include "cli/exit_code.h"
#include "json/writer.h"

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using audit::Finding;
using audit::StreamReport;
using audit::Verdict;

/// A number of the log as it is: a forged one may be larger than JSON's usual integers.
void add_number(json::Writer& out, std::string_view name, uint64_t number) {
  out.key(name).raw(std::to_string(number));
}

void add_finding(json::Writer& out, const Finding& finding) {
  out.begin_object().member("verdict", to_string(finding.verdict));
  add_number(out, "number", finding.seq);
  out.member("where", finding.where).end_object();
}

Verdict verdict_of(const StreamReport& report) {
  if (report.violation) return report.violation->verdict;
  return report.tail() > 0 ? Verdict::UnanchoredTail : Verdict::Ok;
}

void add_stream(json::Writer& out, const StreamReport& report) {
  out.begin_object().member("stream", report.stream);
  out.member("verdict", to_string(verdict_of(report)));
  add_number(out, "records", report.records);
  if (report.first > 0) add_number(out, "first", report.first);
  if (report.records > report.first)
    out.member("head", base::to_hex(crypto::bytes_of(report.head)));
  if (report.anchored) add_number(out, "anchored", *report.anchored);
  if (report.witnessed) add_number(out, "witnessed", *report.witnessed);
  out.key("notes").begin_array();
  for (const Finding& note : report.notes) add_finding(out, note);
  out.end_array();
  if (report.violation) add_finding(out.key("violation"), *report.violation);
  out.end_object();
}

/// A result of SARIF about the record `seq`.
void add_result(json::Writer& out, std::string_view rule, std::string_view level,
                std::string_view stream, uint64_t seq, std::string_view text) {
  out.begin_object().member("ruleId", rule).member("level", level);
  out.key("message").begin_object();
  out.member("text", text);
  out.end_object();
  out.key("locations").begin_array().begin_object();
  out.key("logicalLocations").begin_array().begin_object();
  out.member("fullyQualifiedName", fmt::format("{}/{}", stream, seq));
  out.end_object().end_array();
  out.end_object().end_array();
  out.end_object();
}

void add_result(json::Writer& out, const std::string& stream, const Finding& finding,
                std::string_view level) {
  const std::string_view verdict = to_string(finding.verdict);
  add_result(out, verdict, level, stream, finding.seq,
             fmt::format("{}: {} {} ({})", stream, verdict, finding.seq, finding.where));
}

int exit_code_of(const audit::LedgerReport& report, const audit::LedgerCompleteness* complete) {
  return complete != nullptr && !complete->complete() ? kNegative : report.exit_code();
}

void add_missing(json::Writer& out, std::string_view stream, std::string_view act,
                 std::string_view request, uint64_t seq) {
  out.begin_object().member("stream", stream).member("act", act).member("request", request);
  add_number(out, "number", seq);
}

void add_completeness(json::Writer& out, const audit::LedgerCompleteness& complete) {
  out.key("completeness").begin_object();
  out.member("verdict", complete.verdict());
  add_number(out, "passed_on", complete.passed_on);
  add_number(out, "open", complete.open);
  out.key("missing").begin_array();
  for (const auto& [name, summary] : complete.streams) {
    for (const auto& begun : summary.missing) {
      add_missing(out, name, begun.act, begun.request, begun.seq);
      out.end_object();
    }
  }
  out.end_array();
  out.key("unsent").begin_array();
  for (const auto& one : complete.unsent) {
    add_missing(out, one.stream, one.act, one.request, one.seq);
    out.member("sender", one.sender).end_object();
  }
  out.end_array().end_object();
}

void add_incomplete(json::Writer& out, std::string_view stream, uint64_t seq,
                    const std::string& what) {
  add_result(out, "INCOMPLETE", "error", stream, seq, fmt::format("{}: {}", stream, what));
}

void add_incomplete(json::Writer& out, const audit::LedgerCompleteness& complete) {
  for (const auto& [name, summary] : complete.streams) {
    for (const auto& begun : summary.missing) {
      add_incomplete(out, name, begun.seq, fmt::format("{} has no end", begun.act));
    }
  }
  for (const auto& one : complete.unsent) {
    add_incomplete(
        out, one.stream, one.seq,
        fmt::format("{} was asked for by {}, which has no record of it", one.act, one.sender));
  }
}

}  // namespace

std::string render_json(const audit::LedgerReport& report,
                        const audit::LedgerCompleteness* complete) {
  const std::string sentence = report.sentence();
  json::Writer out;
  out.begin_object();
  out.member("verdict", std::string_view(sentence).substr(0, sentence.find(' ')));
  out.member("exit", int64_t{exit_code_of(report, complete)});
  out.member("sentence", sentence);
  if (!report.problem.empty()) out.member("problem", report.problem);
  out.key("streams").begin_array();
  for (const StreamReport& stream : report.streams) add_stream(out, stream);
  out.end_array();
  if (complete != nullptr) add_completeness(out, *complete);
  out.end_object();
  return out.take();
}

std::string render_sarif(const audit::LedgerReport& report,
                         const audit::LedgerCompleteness* complete) {
  json::Writer out;
  out.begin_object();
  out.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  out.key("runs").begin_array().begin_object();
  out.key("tool").begin_object().key("driver").begin_object();
  out.member("name", "srasta audit verify");
  out.end_object().end_object();
  out.key("invocations").begin_array().begin_object();
  out.member("executionSuccessful", report.exit_code() != 3);
  out.member("exitCode", int64_t{exit_code_of(report, complete)});
  out.member("exitCodeDescription", report.sentence());
  out.end_object().end_array();
  out.key("results").begin_array();
  for (const StreamReport& stream : report.streams) {
    for (const Finding& note : stream.notes) add_result(out, stream.stream, note, "note");
    if (stream.violation) add_result(out, stream.stream, *stream.violation, "error");
  }
  if (complete != nullptr) add_incomplete(out, *complete);
  out.end_array();
  out.end_object().end_array();
  out.end_object();
  return out.take();
}

}  // namespace srasta::cli
