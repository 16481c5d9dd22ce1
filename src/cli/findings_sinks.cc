#include "cli/dialling.h"
#include "cli/findings.h"
#include "cli/sink_state.h"
#include "config/sink_url.h"

#include <fmt/format.h>

namespace srasta::cli {
namespace {

std::string described(const SinkState& state) {
  const uint64_t behind = state.behind();
  return behind == 0 ? "has everything" : fmt::format("{} records behind", behind);
}

Finding examine_sink(base::FileSystem& files, const config::Sink& sink,
                     const std::string& data_folder, const StreamEnds& ends) {
  const std::string subject = "sink " + sink.name;
  const auto state = read_sink_state(files, data_folder, sink, ends);
  if (!state) return {Verdict::Fail, subject, state.error().message, {}};
  const auto url = config::parse_sink_url(sink.url);
  if (!url) return {Verdict::Fail, subject, url.error().message, {}};
  if (!answers(url->host, url->port, Names::Resolved)) {
    return {Verdict::Warn, subject,
            fmt::format("{} does not answer; {}", sink.url, described(*state)),
            "start the receiver, or open the way to it; nothing is lost meanwhile"};
  }
  const std::string text = fmt::format("{} answers; {}", sink.url, described(*state));
  if (!state->lags()) return {Verdict::Ok, subject, text, {}};
  return {Verdict::Warn, subject, text,
          "see the log of `srasta up` and `srasta audit sinks` for why"};
}

}  // namespace

std::vector<Finding> examine_sinks(const config::Config& config, const std::string& data_folder) {
  if (config.audit.sinks.empty()) return {};
  base::PosixFileSystem files;
  const auto ends = read_stream_ends(files, data_folder);
  if (!ends && ends.error().code != base::Code::NotFound) {
    return {{Verdict::Fail, "sinks", ends.error().message, "srasta audit verify"}};
  }
  std::vector<Finding> findings;
  for (const config::Sink& sink : config.audit.sinks) {
    findings.push_back(examine_sink(files, sink, data_folder, ends ? *ends : StreamEnds()));
  }
  return findings;
}

}  // namespace srasta::cli
