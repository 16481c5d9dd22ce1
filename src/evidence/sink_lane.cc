#include "evidence/sink_lane.h"

#include "audit/search.h"
#include "audit/stream_name.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

using base::Code;

/// How long ago a stored line was written, by the clock of this host.
base::Micros age_of(std::string_view line, base::WallTime now) {
  const auto found = audit::read_found(line);
  const auto written = found ? base::parse_utc(found->time) : std::nullopt;
  return written ? std::max(now - *written, base::Micros(0)) : base::Micros(0);
}

}  // namespace

SinkLane::SinkLane(const Shared& shared, Forwarder::SinkSettings settings, SinkCursors cursors,
                   std::unique_ptr<Sink> sink, net::Loop& loop)
    : shared_(shared),
      settings_(std::move(settings)),
      cursors_(std::move(cursors)),
      sink_(std::move(sink)),
      scope_(loop),
      pause_(shared.settings.pause) {}

net::Task<void> SinkLane::run() {
  while (!scope_.cancelled()) {
    const bool last = finishing_.is_set();
    const Round round = co_await one_round();
    scope_.set_deadline(base::MonoTime::max());
    if (round == Round::Sent) continue;
    if (last) break;
    base::Micros pause = shared_.settings.look_every;
    if (round == Round::Failed) pause = pause_.after_failure(shared_.entropy);
    if (round == Round::Refused) pause = pause_.after_refusal(shared_.entropy);
    (void)co_await finishing_.wait(scope_, scope_.within(pause));
  }
}

net::Task<SinkLane::Round> SinkLane::one_round() {
  find_streams();
  for (auto& [name, stream] : streams_) look(name, stream);
  Round round = Round::Idle;
  for (auto& [name, stream] : streams_) {
    if (stream.batch == nullptr) continue;
    round = co_await send(stream);
    // The sink is the same for all streams.
    if (round != Round::Sent) co_return round;
  }
  co_return round;
}

bool SinkLane::wants(const std::string& stream) const {
  return audit::is_stream_name(stream) &&
         (settings_.streams.empty() ||
          std::ranges::find(settings_.streams, stream) != settings_.streams.end());
}

void SinkLane::find_streams() {
  const std::string folder = shared_.settings.data_folder + "/audit";
  const auto names = shared_.files.list(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!wants(name) || streams_.contains(name)) continue;
    SinkFeed feed(shared_.files, folder + "/" + name, cursors_.position(name),
                  shared_.settings.batch);
    streams_.try_emplace(name, std::move(feed), LagWatch(settings_.lag));
  }
}

void SinkLane::look(const std::string& name, StreamLane& stream) {
  stream.batch = nullptr;
  if (stream.stopped) return;
  const auto end = signed_records(shared_.files, shared_.settings.data_folder,
                                  shared_.settings.install_id, name);
  if (!end) return report(stream.problem, name + " waits", end.error());
  const auto batch = stream.feed.pending(*end);
  if (!batch) {
    stream.stopped = batch.error().code == Code::Corrupt;
    return report(stream.problem, name + (stream.stopped ? " stops" : " waits"), batch.error());
  }
  stream.problem.clear();
  stream.batch = *batch;
  judge_lag(name, stream, *end);
}

void SinkLane::judge_lag(const std::string& name, StreamLane& stream, uint64_t end) {
  const uint64_t next = stream.feed.position().next;
  const uint64_t behind = end > next ? end - next : 0;
  const base::WallTime now = scope_.loop().clock().wall();
  const base::Micros age =
      stream.batch == nullptr ? base::Micros(0) : age_of(stream.batch->records.front().line, now);
  if (!stream.lag.changes(behind, age)) return;
  const SinkLag lag{
      .sink = settings_.name, .stream = name, .behind = behind, .lagging = stream.lag.lagging()};
  shared_.handlers.tell(lag.lagging
                            ? fmt::format("audit: sink {} lacks {} records of {}, the oldest "
                                          "written {} s ago",
                                          lag.sink, behind, name,
                                          std::chrono::floor<base::Seconds>(age).count())
                            : fmt::format("audit: sink {} has caught up with {}", lag.sink, name));
  shared_.handlers.on_lag(lag);
}

net::Task<SinkLane::Round> SinkLane::send(StreamLane& stream) {
  scope_.set_deadline(scope_.within(shared_.settings.within));
  const auto delivered = co_await sink_->deliver(*stream.batch, scope_);
  if (scope_.cancelled() && !delivered) co_return Round::Failed;
  if (!delivered) {
    report(sink_problem_, "is not reached", delivered.error());
    co_return delivered.error().code == Code::Denied ? Round::Refused : Round::Failed;
  }
  if (!sink_problem_.empty()) {
    shared_.handlers.tell(fmt::format("audit: sink {} takes records again", settings_.name));
  }
  sink_problem_.clear();
  pause_.reset();
  accepted(stream);
  co_return Round::Sent;
}

void SinkLane::accepted(StreamLane& stream) {
  const SinkPosition position = stream.feed.accept();
  stream.batch = nullptr;
  const auto kept = cursors_.advance(stream.feed.stream(), position);
  if (!kept) return report(cursor_problem_, "its position is not kept", kept.error());
  cursor_problem_.clear();
}

/// Once for each problem, not for each attempt.
void SinkLane::report(std::string& told, const std::string& what, const base::Error& error) const {
  if (told == error.message) return;
  told = error.message;
  const std::string detail = error.detail.empty() ? "" : " (" + error.detail + ")";
  shared_.handlers.tell(
      fmt::format("audit: sink {}: {}: {}{}", settings_.name, what, error.message, detail));
}

}  // namespace srasta::evidence
