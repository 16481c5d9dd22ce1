// Many streams at once: does every frame come, in its turn, and how long after it was sent?
#include "event_loop.h"
#include "event_reader.h"
#include "load.h"

#include <algorithm>
#include <fstream>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kSilence = 20 * kSecond;  // without any frame the run is given up
constexpr int64_t kMemoryEvery = kSecond / 10;

/// Resident bytes of a process; 0 if it is gone.
int64_t resident_bytes(int pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  int64_t total = 0;
  int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// What all streams share.
struct Run {
  const LoadOptions& options;
  EventLoop loop;
  Requests requests;
  uint32_t frames;
  int64_t stop_at = 0;  ///< no answer is asked for after it
  Arrivals arrivals;
  uint64_t completed = 0;
  uint64_t refused = 0;  ///< a status other than 200
  uint64_t broken = 0;   ///< closed or cut before its end
  int first_refusal = 0;
  uint32_t open = 0;
  uint32_t flowing = 0;  ///< open and past their first frame
  uint32_t most_flowing = 0;
  int64_t last_frame = 0;
};

class Client final : public Watched {
 public:
  explicit Client(Run& run) : run_(run), reader_(run.arrivals, run.frames) {
    ++run_.open;
    connect();
  }

 private:
  void connect() {
    socket_ = connect_to(run_.options.port);
    out_ = run_.requests.next(true);
    run_.loop.watch(socket_, *this);
  }

  void on_ready(uint32_t) override {
    if (!socket_.open()) return;
    if (!send_some(socket_, out_)) return broken();
    while (socket_.open()) {
      std::string bytes;
      const Received received = receive_some(socket_, bytes);
      if (received == Received::Nothing) return;
      if (received == Received::End) return broken();
      take(bytes);
    }
  }

  void take(std::string_view bytes) {
    const int64_t now = now_ns();
    const EventReader::State state = reader_.feed(bytes, now);
    run_.last_frame = now;
    if (!flows_ && reader_.frames() > 0) flow();
    if (state == EventReader::State::Broken) return broken();
    if (state == EventReader::State::Done) done(now);
  }

  void flow() {
    flows_ = true;
    run_.most_flowing = std::max(run_.most_flowing, ++run_.flowing);
  }

  void done(int64_t now) {
    if (reader_.status() != 200) {
      ++run_.refused;
      run_.first_refusal = run_.first_refusal == 0 ? reader_.status() : run_.first_refusal;
      return end();
    }
    reader_.count_missing();
    reader_.done_event() ? ++run_.completed : ++run_.broken;
    if (now >= run_.stop_at) return end();
    const bool again = reader_.keeps_alive();
    reader_.restart();
    if (!again) return connect();
    out_ = run_.requests.next(true);
    if (!send_some(socket_, out_)) broken();
  }

  void broken() {
    ++run_.broken;
    reader_.count_missing();
    end();
  }

  void end() {
    socket_.close();
    --run_.open;
    if (flows_) --run_.flowing;
  }

  Run& run_;
  EventReader reader_;
  Descriptor socket_;
  std::string out_;
  bool flows_ = false;
};

struct Memory {
  int pid;
  int64_t before = 0;
  int64_t peak = 0;
  int64_t next = 0;

  void look(int64_t now) {
    if (pid == 0 || now < next) return;
    next = now + kMemoryEvery;
    peak = std::max(peak, resident_bytes(pid));
  }
};

void print(Run& run, const Memory& memory, int64_t began) {
  auto& late = run.arrivals.lateness_us;
  std::ranges::sort(late);
  const double seconds = static_cast<double>(run.last_frame - began) / 1e9;
  fmt::print(
      R"({{"frames":{},"seconds":{:.3f},"frames_per_second":{:.0f},"missing":{},)"
      R"("misplaced":{},"at_once":{},"completed":{},"refused":{},"first_refusal":{},"broken":{},)"
      R"("late_p50_us":{},"late_p99_us":{},"late_max_us":{},"rss_before":{},"rss_peak":{}}})"
      "\n",
      run.arrivals.frames, seconds, static_cast<double>(run.arrivals.frames) / seconds,
      run.arrivals.missing, run.arrivals.misplaced, run.most_flowing, run.completed, run.refused,
      run.first_refusal, run.broken, per_mille(late, 500), per_mille(late, 990),
      late.empty() ? 0 : late.back(), memory.before, memory.peak);
}

}  // namespace

int run_streams(const LoadOptions& options) {
  Run run{.options = options,
          .requests = Requests(options),
          .frames = parse_shape(options.model).frames};
  Memory memory{.pid = options.watched_pid, .before = resident_bytes(options.watched_pid)};
  const int64_t began = now_ns();
  const auto ramp = static_cast<int64_t>(options.ramp * kSecond);
  run.stop_at = began + static_cast<int64_t>(options.seconds * kSecond);
  run.last_frame = began;
  std::vector<std::unique_ptr<Client>> clients;
  for (int64_t now = began; run.open > 0 || clients.size() < options.streams; now = now_ns()) {
    // A few at a time even without a ramp, so that answers are not left waiting.
    for (int i = 0; i < 64 && clients.size() < options.streams; ++i) {
      if (now < began + ramp * static_cast<int64_t>(clients.size()) / options.streams) break;
      clients.push_back(std::make_unique<Client>(run));
    }
    run.loop.run_once(clients.size() < options.streams ? 1 : 100);
    memory.look(now);
    if (options.gather > 0) std::this_thread::sleep_for(std::chrono::milliseconds(options.gather));
    if (now - run.last_frame > kSilence) break;
  }
  run.broken += run.open;
  print(run, memory, began);
  return 0;
}

}  // namespace bench
