#include "cli/verdict_formats.h"

#include "base/encoding.h"
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

void add_result(json::Writer& out, const std::string& stream, const Finding& finding,
                std::string_view level) {
  out.begin_object().member("ruleId", to_string(finding.verdict)).member("level", level);
  out.key("message").begin_object();
  out.member("text", fmt::format("{}: {} {} ({})", stream, to_string(finding.verdict), finding.seq,
                                 finding.where));
  out.end_object();
  out.key("locations").begin_array().begin_object();
  out.key("logicalLocations").begin_array().begin_object();
  out.member("fullyQualifiedName", fmt::format("{}/{}", stream, finding.seq));
  out.end_object().end_array();
  out.end_object().end_array();
  out.end_object();
}

}  // namespace

std::string render_json(const audit::LedgerReport& report) {
  const std::string sentence = report.sentence();
  json::Writer out;
  out.begin_object();
  out.member("verdict", std::string_view(sentence).substr(0, sentence.find(' ')));
  out.member("exit", int64_t{report.exit_code()});
  out.member("sentence", sentence);
  if (!report.problem.empty()) out.member("problem", report.problem);
  out.key("streams").begin_array();
  for (const StreamReport& stream : report.streams) add_stream(out, stream);
  out.end_array().end_object();
  return out.take();
}

std::string render_sarif(const audit::LedgerReport& report) {
  json::Writer out;
  out.begin_object();
  out.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  out.key("runs").begin_array().begin_object();
  out.key("tool").begin_object().key("driver").begin_object();
  out.member("name", "srasta audit verify");
  out.end_object().end_object();
  out.key("invocations").begin_array().begin_object();
  out.member("executionSuccessful", report.exit_code() != 3);
  out.member("exitCode", int64_t{report.exit_code()});
  out.member("exitCodeDescription", report.sentence());
  out.end_object().end_array();
  out.key("results").begin_array();
  for (const StreamReport& stream : report.streams) {
    for (const Finding& note : stream.notes) add_result(out, stream.stream, note, "note");
    if (stream.violation) add_result(out, stream.stream, *stream.violation, "error");
  }
  out.end_array();
  out.end_object().end_array();
  out.end_object();
  return out.take();
}

}  // namespace srasta::cli
