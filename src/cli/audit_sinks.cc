#include "cli/audit_sinks.h"

#include "audit/install_id.h"
#include "audit/stream_name.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "evidence/sink_cursors.h"
#include "evidence/sink_feed.h"
#include "evidence/sink_lag.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// Streams and how many records each has signed.
using Ends = std::vector<std::pair<std::string, uint64_t>>;

base::Result<Ends> read_ends(base::FileSystem& files, const std::string& data) {
  SRASTA_TRY_ASSIGN(const std::string id, audit::read_install_id(files, data + "/audit"));
  SRASTA_TRY_ASSIGN(const auto names, files.list(data + "/audit"));
  Ends ends;
  for (const std::string& name : names) {
    if (!audit::is_stream_name(name)) continue;
    SRASTA_TRY_ASSIGN(const uint64_t end, evidence::signed_records(files, data, id, name));
    ends.emplace_back(name, end);
  }
  return ends;
}

/// Whether the sink lacks more than it should.
bool print_sink(const config::Sink& sink, const evidence::SinkCursors& cursors, const Ends& ends) {
  bool lags = false;
  fmt::print("{}  {}\n", sink.name, sink.url);
  for (const auto& [stream, end] : ends) {
    if (!sink.streams.empty() && std::ranges::find(sink.streams, stream) == sink.streams.end())
      continue;
    const uint64_t next = cursors.position(stream).next;
    const uint64_t behind = end > next ? end - next : 0;
    fmt::print("  {:<12} {} of {} sent, {} behind\n", stream, next, std::max(next, end), behind);
    lags = lags || behind > evidence::LagWatch::Limits{}.records;
  }
  return lags;
}

int run_audit_sinks(const std::string& data, const std::string& given,
                    const config::Environment& environment) {
  const auto loaded = config::load_config(config_file(given), environment);
  if (!loaded) {
    print_error(loaded.error());
    return kWrongInput;
  }
  if (loaded->config.audit.sinks.empty()) {
    fmt::print("no sinks are configured\n");
    return kOk;
  }
  base::PosixFileSystem files;
  const auto ends = read_ends(files, data);
  if (!ends) {
    print_error(ends.error());
    return kUnreadable;
  }
  int worst = kOk;
  for (const config::Sink& sink : loaded->config.audit.sinks) {
    const auto cursors =
        evidence::SinkCursors::open(files, evidence::sink_cursor_file(data, sink.name));
    if (!cursors) print_error(cursors.error());
    if (!cursors) worst = kUnreadable;
    if (cursors && print_sink(sink, *cursors, *ends)) worst = std::max(worst, kNegative);
  }
  return worst;
}

}  // namespace

void add_audit_sinks(Command audit, const std::string& data_folder,
                     const config::Environment& environment) {
  const Command command = audit.add_subcommand("sinks", "Show how far copies of the log got");
  std::string& file = command.keep(std::string());
  command.add_option("--config", file, "configuration file");
  command.set_action([&data_folder, &file, &environment] {
    return run_audit_sinks(data_folder, file, environment);
  });
}

}  // namespace srasta::cli
