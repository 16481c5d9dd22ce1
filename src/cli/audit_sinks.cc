#include "cli/audit_sinks.h"

#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/sink_state.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// Whether the sink lacks more than it should.
bool print_sink(const config::Sink& sink, const SinkState& state) {
  fmt::print("{}  {}\n", sink.name, sink.url);
  for (const SinkState::Stream& stream : state.streams) {
    fmt::print("  {:<12} {} of {} sent, {} behind\n", stream.name, stream.next,
               std::max(stream.next, stream.end), stream.behind());
  }
  return state.lags();
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
  const auto ends = read_stream_ends(files, data);
  if (!ends) {
    print_error(ends.error());
    return kUnreadable;
  }
  int worst = kOk;
  for (const config::Sink& sink : loaded->config.audit.sinks) {
    const auto state = read_sink_state(files, data, sink, *ends);
    if (!state) print_error(state.error());
    if (!state) worst = kUnreadable;
    if (state && print_sink(sink, *state)) worst = std::max(worst, kNegative);
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
