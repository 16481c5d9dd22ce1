#include "evidence/forwarder.h"

#include "evidence/sink_lane.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace srasta::evidence {

/// Everything is for the loop's thread once it runs. Reading the log and writing cursors blocks it:
/// nobody but the sinks waits for it.
struct Forwarder::Work {
  Work(base::FileSystem& files, const base::Clock& clock, base::Entropy& entropy,
       Settings the_settings, Handlers the_handlers)
      : settings(std::move(the_settings)),
        handlers(std::move(the_handlers)),
        shared{files, entropy, settings, handlers},
        // A look-up may take long, and no sink waits for another one's.
        blocking(static_cast<unsigned>(std::max<size_t>(settings.sinks.size(), 1))),
        loop(clock) {}

  void open(const SinkSettings& sink);
  net::Task<void> serve(SinkLane& lane);
  void finish();
  void stop();

  const Settings settings;
  const Handlers handlers;
  const SinkLane::Shared shared;
  net::BlockingPool blocking;
  net::Loop loop;
  std::vector<std::unique_ptr<SinkLane>> lanes;
  size_t running = 0;
  bool finishing = false;
  bool stopping = false;
  std::promise<void> finished;
  std::thread thread;
};

void Forwarder::Work::open(const SinkSettings& sink) {
  auto cursors = SinkCursors::open(shared.files, sink_cursor_file(settings.data_folder, sink.name));
  if (!cursors) {
    handlers.tell(
        fmt::format("audit: sink {} gets nothing: {}", sink.name, cursors.error().message));
    return;
  }
  lanes.push_back(std::make_unique<SinkLane>(shared, sink, *std::move(cursors),
                                             sink.make(loop, blocking), loop));
}

net::Task<void> Forwarder::Work::serve(SinkLane& lane) {
  co_await lane.run();
  if (--running > 0) co_return;
  if (finishing) finished.set_value();
  if (stopping) loop.stop();
}

void Forwarder::Work::finish() {
  finishing = true;
  for (const auto& lane : lanes) lane->finish();
  if (running == 0) finished.set_value();
}

void Forwarder::Work::stop() {
  stopping = true;
  for (const auto& lane : lanes) lane->cancel();
  if (running == 0) loop.stop();
}

base::Result<std::unique_ptr<Forwarder>> Forwarder::open(base::FileSystem& files,
                                                         const base::Clock& clock,
                                                         base::Entropy& entropy, Settings settings,
                                                         Handlers handlers) {
  SRASTA_TRY(files.make_folder(sink_folder(settings.data_folder)));
  auto work =
      std::make_unique<Work>(files, clock, entropy, std::move(settings), std::move(handlers));
  for (const SinkSettings& sink : work->settings.sinks) work->open(sink);
  work->thread = std::thread([running = work.get()] {
    running->loop.post([running] {
      for (const auto& lane : running->lanes) {
        ++running->running;
        net::spawn(running->serve(*lane));
      }
    });
    running->loop.run();
  });
  return std::make_unique<Forwarder>(std::move(work));
}

Forwarder::Forwarder(std::unique_ptr<Work> work) : work_(std::move(work)) {}

bool Forwarder::finish(base::Millis limit) {
  work_->loop.post([work = work_.get()] { work->finish(); });
  return work_->finished.get_future().wait_for(limit) == std::future_status::ready;
}

Forwarder::~Forwarder() {
  work_->loop.post([work = work_.get()] { work->stop(); });
  work_->thread.join();
  // What still blocks would report to a loop that is gone.
  work_->blocking.stop();
}

}  // namespace srasta::evidence
