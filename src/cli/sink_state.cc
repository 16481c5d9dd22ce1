#include "cli/sink_state.h"

#include "audit/install_id.h"
#include "audit/stream_name.h"
#include "evidence/sink_cursors.h"
#include "evidence/sink_feed.h"
#include "evidence/sink_lag.h"

#include <algorithm>

namespace srasta::cli {

base::Result<StreamEnds> read_stream_ends(base::FileSystem& files, const std::string& data_folder) {
  SRASTA_TRY_ASSIGN(const std::string id, audit::read_install_id(files, data_folder + "/audit"));
  SRASTA_TRY_ASSIGN(const auto names, files.list(data_folder + "/audit"));
  StreamEnds ends;
  for (const std::string& name : names) {
    if (!audit::is_stream_name(name)) continue;
    SRASTA_TRY_ASSIGN(const uint64_t end, evidence::signed_records(files, data_folder, id, name));
    ends.emplace_back(name, end);
  }
  return ends;
}

uint64_t SinkState::behind() const {
  uint64_t sum = 0;
  for (const Stream& stream : streams) sum += stream.behind();
  return sum;
}

bool SinkState::lags() const {
  return std::ranges::any_of(streams, [](const Stream& stream) {
    return stream.behind() > evidence::LagWatch::Limits{}.records;
  });
}

base::Result<SinkState> read_sink_state(base::FileSystem& files, const std::string& data_folder,
                                        const config::Sink& sink, const StreamEnds& ends) {
  SRASTA_TRY_ASSIGN(
      const auto cursors,
      evidence::SinkCursors::open(files, evidence::sink_cursor_file(data_folder, sink.name)));
  SinkState state;
  for (const auto& [stream, end] : ends) {
    const bool wanted =
        sink.streams.empty() || std::ranges::find(sink.streams, stream) != sink.streams.end();
    if (wanted) {
      state.streams.push_back({.name = stream, .next = cursors.position(stream).next, .end = end});
    }
  }
  return state;
}

}  // namespace srasta::cli
