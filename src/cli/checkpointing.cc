#include "cli/checkpointing.h"

#include "audit/checkpointer.h"
#include "base/entropy.h"
#include "base/file.h"
#include "cli/witnessing.h"
#include "identity/forwarded.h"
#include "srasta_version.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace srasta::cli {
namespace {

constexpr std::chrono::milliseconds kEvery{250};
constexpr std::chrono::seconds kRetry{2};
constexpr uint64_t kMostIdBytes = 256;

}  // namespace

struct Checkpointing::Work {
  Work(Settings the_settings, const base::Clock& the_clock)
      : settings(std::move(the_settings)), clock(the_clock) {}

  void run();
  /// Whether the end was asked for within `time`.
  bool ends_within(std::chrono::milliseconds time);
  [[nodiscard]] base::Result<std::unique_ptr<audit::Checkpointer>> open();
  void record_lags(audit::Checkpointer& checkpointer);
  void record_engines(audit::Checkpointer& checkpointer);

  const Settings settings;
  const base::Clock& clock;
  base::PosixFileSystem files;
  base::SystemEntropy entropy;
  std::mutex mutex;
  std::condition_variable changed;
  bool ending = false;
  std::vector<evidence::SinkLag> lags;  // to be recorded
  std::vector<EngineEvent> engines;     // likewise
  std::unique_ptr<Witnessing> witnessing;
  std::unique_ptr<audit::Checkpointer> countersigning;  // changes under `mutex`
  std::thread thread;
};

base::Result<std::unique_ptr<audit::Checkpointer>> Checkpointing::Work::open() {
  SRASTA_TRY_ASSIGN(const std::string id,
                    base::read_file(files, settings.data_folder + "/install.id", kMostIdBytes));
  return audit::Checkpointer::open(files, clock, entropy,
                                   {.install = {.folder = settings.data_folder + "/audit",
                                                .stream = std::string(audit::kInstallStream),
                                                .service = "up",
                                                .release = SRASTA_VERSION,
                                                .install_id = id.substr(0, id.find('\n'))},
                                    .log_key = settings.log_key.clone(),
                                    .tell = settings.tell,
                                    .on_checkpoint = [this](const std::string& stream) {
                                      if (witnessing) witnessing->submit(stream);
                                    }});
}

bool Checkpointing::Work::ends_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, time, [this] { return ending; });
}

void Checkpointing::Work::record_lags(audit::Checkpointer& checkpointer) {
  std::vector<evidence::SinkLag> noted;
  {
    const std::scoped_lock lock(mutex);
    noted.swap(lags);
  }
  for (const evidence::SinkLag& lag : noted) {
    checkpointer.record_lag(
        {.sink = lag.sink, .stream = lag.stream, .behind = lag.behind, .lagging = lag.lagging});
  }
}

void Checkpointing::Work::record_engines(audit::Checkpointer& checkpointer) {
  std::vector<EngineEvent> noted;
  {
    const std::scoped_lock lock(mutex);
    noted.swap(engines);
  }
  for (const EngineEvent& event : noted) {
    const process::Exit exit = event.exit.value_or(process::Exit{});
    checkpointer.record_engine({.upstream = event.engine,
                                .process = static_cast<uint64_t>(event.pid),
                                .ended = event.exit.has_value(),
                                .status = static_cast<uint64_t>(exit.status),
                                .signal = static_cast<uint64_t>(exit.signal)});
  }
}

void Checkpointing::Work::run() {
  if (!settings.witnesses.empty()) {
    auto opened = Witnessing::open(clock, files,
                                   {.audit_folder = settings.data_folder + "/audit",
                                    .witnesses = settings.witnesses,
                                    .tell = settings.tell});
    if (!opened) settings.tell("audit: no witnesses: " + opened.error().message);
    if (opened) witnessing = *std::move(opened);
  }
  std::string told;
  do {
    auto opened = open();
    if (opened) {
      const std::scoped_lock lock(mutex);
      countersigning = *std::move(opened);
    } else if (told != opened.error().message) {
      told = opened.error().message;
      settings.tell("audit: no checkpoints: " + told);
    }
  } while (!countersigning && !ends_within(kRetry));
  if (!countersigning) return;
  do {
    record_lags(*countersigning);
    record_engines(*countersigning);
    countersigning->look();
  } while (!ends_within(kEvery));
  record_engines(*countersigning);
  countersigning->close();
}

Checkpointing::Checkpointing(Settings settings, const base::Clock& clock)
    : work_(std::make_unique<Work>(std::move(settings), clock)) {
  work_->thread = std::thread([work = work_.get()] { work->run(); });
}

void Checkpointing::note_lag(const evidence::SinkLag& lag) {
  const std::scoped_lock lock(work_->mutex);
  work_->lags.push_back(lag);
}

void Checkpointing::note_engine(const EngineEvent& event) {
  const std::scoped_lock lock(work_->mutex);
  work_->engines.push_back(event);
}

std::string Checkpointing::audit_head() const {
  const std::scoped_lock lock(work_->mutex);
  if (!work_->countersigning) return identity::to_string(identity::AuditHead{});
  const audit::Ledger::Head head = work_->countersigning->head();
  return identity::to_string(identity::AuditHead{
      .stream = std::string(audit::kInstallStream), .records = head.next_seq, .leaf = head.leaf});
}

Checkpointing::~Checkpointing() {
  {
    const std::scoped_lock lock(work_->mutex);
    work_->ending = true;
  }
  work_->changed.notify_all();
  work_->thread.join();
}

}  // namespace srasta::cli
