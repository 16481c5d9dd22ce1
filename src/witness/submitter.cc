#include "witness/submitter.h"

#include "net/blocking.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace srasta::witness {
namespace {

using base::Code;
using base::make_error;

constexpr unsigned kBlockingThreads = 2;

struct Job {
  tlog::Note note;
  tlog::Checkpoint checkpoint;
  Submitter::Prove prove;
};

/// What one question to a witness led to.
enum class Step : uint8_t { Cosigned, SizeLearnt, Failed };

}  // namespace

/// Everything but `mutex` and what it guards is for the loop's thread.
struct Submitter::Work {
  /// One witness and one log.
  struct Lane {
    Lane(WitnessClient& the_client, std::string the_origin, net::Loop& loop)
        : client(the_client), origin(std::move(the_origin)), scope(loop) {}

    WitnessClient& client;
    const std::string origin;
    net::Scope scope;
    std::shared_ptr<const Job> job;  ///< the newest that is not cosigned
    std::unique_ptr<net::Signal> asked = std::make_unique<net::Signal>();
    uint64_t known = 0;  ///< size that the witness cosigned last, as far as it is known
    std::string told;    ///< the problem that was told last
  };

  Work(const base::Clock& clock, Settings the_settings, Handlers the_handlers)
      : settings(std::move(the_settings)), handlers(std::move(the_handlers)), loop(clock) {}

  base::Result<void> open_clients();
  void take(const std::shared_ptr<const Job>& job);
  Lane& lane_of(WitnessClient& client, const std::string& origin);
  void stop();
  void leave();

  net::Task<void> keep(Lane& lane);
  net::Task<Step> ask(Lane& lane, const std::shared_ptr<const Job>& job);
  net::Task<base::Result<tlog::Proof>> prove(Lane& lane, const std::shared_ptr<const Job>& job);
  void cosigned(Lane& lane, const Job& job, WitnessClient::Cosigned found);
  void failed(Lane& lane, base::Error error);
  template <typename Change>
  void note(const Lane& lane, Change change);

  const Settings settings;
  const Handlers handlers;
  net::Loop loop;
  net::BlockingPool blocking{kBlockingThreads};
  std::vector<std::unique_ptr<WitnessClient>> clients;
  std::vector<std::unique_ptr<Lane>> lanes;
  size_t running = 0;
  bool stopping = false;
  std::thread thread;

  mutable std::mutex mutex;
  std::vector<Standing> standings;
};

base::Result<void> Submitter::Work::open_clients() {
  for (const WitnessClient::Settings& each : settings.witnesses) {
    auto client = WitnessClient::create(loop, blocking, each);
    if (!client) {
      base::Error error = std::move(client).error();
      error.message = fmt::format("witness {}: {}", each.url, error.message);
      return error;
    }
    clients.push_back(*std::move(client));
  }
  return {};
}

Submitter::Work::Lane& Submitter::Work::lane_of(WitnessClient& client, const std::string& origin) {
  const auto found = std::ranges::find_if(
      lanes, [&](const auto& lane) { return &lane->client == &client && lane->origin == origin; });
  if (found != lanes.end()) return **found;
  lanes.push_back(std::make_unique<Lane>(client, origin, loop));
  Lane& lane = *lanes.back();
  {
    const std::scoped_lock lock(mutex);
    standings.push_back({.witness = client.settings().key.name(), .origin = origin});
  }
  ++running;
  net::spawn(keep(lane));
  return lane;
}

void Submitter::Work::take(const std::shared_ptr<const Job>& job) {
  if (stopping) return;
  for (const auto& client : clients) {
    Lane& lane = lane_of(*client, job->checkpoint.origin);
    lane.job = job;
    note(lane, [&](Standing& standing) { standing.submitted = job->checkpoint.size; });
    lane.asked->set();
  }
}

void Submitter::Work::stop() {
  stopping = true;
  for (const auto& lane : lanes) lane->scope.cancel();
  if (running == 0) loop.stop();
}

void Submitter::Work::leave() {
  if (--running == 0 && stopping) loop.stop();
}

net::Task<void> Submitter::Work::keep(Lane& lane) {
  base::Micros pause{0};
  bool learnt = false;
  while (!lane.scope.cancelled()) {
    if (!lane.job) {
      (void)co_await lane.asked->wait(lane.scope, base::MonoTime::max());
      if (lane.asked->is_set()) lane.asked = std::make_unique<net::Signal>();
      continue;
    }
    const std::shared_ptr<const Job> job = lane.job;
    const Step step = co_await ask(lane, job);
    lane.scope.set_deadline(base::MonoTime::max());
    if (step == Step::Cosigned) {
      if (lane.job == job) lane.job.reset();
      pause = base::Micros(0);
      learnt = false;
      continue;
    }
    if (step == Step::SizeLearnt) {
      if (!std::exchange(learnt, true)) continue;
      // Not to be asked in a circle.
      failed(lane,
             make_error(Code::Unavailable, "the witness does not stand by the size that it named"));
    }
    learnt = false;
    pause = std::clamp(pause * 2, settings.first_pause, settings.longest_pause);
    (void)co_await net::Sleep(lane.scope, pause);
  }
  leave();
}

net::Task<Step> Submitter::Work::ask(Lane& lane, const std::shared_ptr<const Job>& job) {
  const uint64_t size = job->checkpoint.size;
  if (lane.known > size) {
    failed(lane, make_error(Code::Conflict,
                            fmt::format("the witness has cosigned this log up to {}, and it has "
                                        "only {}",
                                        lane.known, size)));
    // Asked anew each time: the witness may say something else after it was mended.
    lane.known = 0;
    co_return Step::Failed;
  }
  lane.scope.set_deadline(loop.now() + settings.within);
  auto proof = co_await prove(lane, job);
  if (!proof) {
    failed(lane, std::move(proof).error());
    co_return Step::Failed;
  }
  const uint64_t old_size = lane.known;
  tlog::Note copy = job->note;
  WitnessClient::Outcome outcome =
      co_await lane.client.add_checkpoint(old_size, *std::move(proof), std::move(copy), lane.scope);
  if (lane.scope.cancelled()) co_return Step::Failed;
  if (auto* const found = std::get_if<WitnessClient::Cosigned>(&outcome)) {
    cosigned(lane, *job, std::move(*found));
    co_return Step::Cosigned;
  }
  if (const auto* const other = std::get_if<WitnessClient::OtherSize>(&outcome)) {
    lane.known = other->size;
    co_return Step::SizeLearnt;
  }
  failed(lane, std::move(std::get<base::Error>(outcome)));
  co_return Step::Failed;
}

net::Task<base::Result<tlog::Proof>> Submitter::Work::prove(Lane& lane,
                                                            const std::shared_ptr<const Job>& job) {
  if (lane.known == 0 || lane.known == job->checkpoint.size) co_return tlog::Proof();
  net::Delivery<base::Result<tlog::Proof>> delivery(loop);
  blocking.submit(
      [job, old_size = lane.known, send = delivery.sender()] { send(job->prove(old_size)); });
  auto proof = co_await delivery.receive(lane.scope, lane.scope.deadline());
  if (!proof) co_return make_error(Code::Timeout, "the consistency proof was not made in time");
  co_return *std::move(proof);
}

void Submitter::Work::cosigned(Lane& lane, const Job& job, WitnessClient::Cosigned found) {
  lane.known = job.checkpoint.size;
  lane.told.clear();
  note(lane, [&](Standing& standing) {
    standing.cosigned = job.checkpoint.size;
    standing.time = found.time;
    standing.problem.clear();
    standing.conflict = false;
  });
  handlers.on_cosigned({.witness = lane.client.settings().key.name(),
                        .checkpoint = job.checkpoint,
                        .signature = std::move(found.signature),
                        .time = found.time});
}

void Submitter::Work::failed(Lane& lane, base::Error error) {
  if (lane.scope.cancelled()) return;
  note(lane, [&](Standing& standing) {
    standing.problem = error.message;
    standing.conflict = error.code == Code::Conflict;
  });
  if (lane.told == error.message) return;
  lane.told = error.message;
  handlers.on_problem({.witness = lane.client.settings().key.name(),
                       .origin = lane.origin,
                       .error = std::move(error)});
}

template <typename Change>
void Submitter::Work::note(const Lane& lane, Change change) {
  const auto at =
      std::ranges::find_if(lanes, [&](const auto& each) { return each.get() == &lane; });
  const std::scoped_lock lock(mutex);
  change(standings[static_cast<size_t>(at - lanes.begin())]);
}

Submitter::Submitter(Key, std::unique_ptr<Work> work) : work_(std::move(work)) {}

base::Result<std::unique_ptr<Submitter>> Submitter::open(const base::Clock& clock,
                                                         Settings settings, Handlers handlers) {
  auto work = std::make_unique<Work>(clock, std::move(settings), std::move(handlers));
  SRASTA_TRY(work->open_clients());
  work->thread = std::thread([running = work.get()] { running->loop.run(); });
  return std::make_unique<Submitter>(Key{}, std::move(work));
}

Submitter::~Submitter() {
  work_->loop.post([work = work_.get()] { work->stop(); });
  work_->thread.join();
  // What still blocks would report to a loop that is gone.
  work_->blocking.stop();
}

base::Result<void> Submitter::submit(tlog::Note note, Prove prove) {
  SRASTA_TRY_ASSIGN(auto checkpoint, tlog::parse_checkpoint(note.text));
  auto job = std::make_shared<const Job>(
      Job{.note = std::move(note), .checkpoint = std::move(checkpoint), .prove = std::move(prove)});
  work_->loop.post([work = work_.get(), job = std::move(job)] { work->take(job); });
  return {};
}

std::vector<Submitter::Standing> Submitter::standings() const {
  const std::scoped_lock lock(work_->mutex);
  return work_->standings;
}

}  // namespace srasta::witness
