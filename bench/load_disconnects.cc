// Callers that go away: before a request, inside its head or body, right after it, after the
// answer's head, and inside the stream; half of them with a reset.
#include "event_loop.h"
#include "event_reader.h"
#include "load.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <set>
#include <sys/socket.h>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kPatience = 5'000 * kMillisecond;

enum class Phase : uint8_t { Connected, InHead, InBody, Sent, Waiting, Answered, Streaming };
constexpr std::array kNames = {"connected", "in_head",  "in_body",  "sent",
                               "waiting",   "answered", "streaming"};

class Caller;

struct Run {
  const LoadOptions& options;
  EventLoop loop;
  Requests requests;
  std::mt19937_64 random;
  Arrivals arrivals;
  std::set<Caller*> open;
  std::array<uint64_t, kNames.size()> left_at{};
  uint64_t refused = 0;
  std::string closes;
};

class Caller final : public Watched {
 public:
  Caller(Run& run, uint32_t number)
      : run_(run),
        number_(number),
        phase_(static_cast<Phase>(number % kNames.size())),
        resets_(number / kNames.size() % 2 == 1),
        reader_(run.arrivals, 0),
        frames_(1 + static_cast<uint32_t>(run.random() % 20)),
        leave_at_(now_ns() + kPatience),
        socket_(connect_to(run.options.port)),
        out_(request()) {
    run_.open.insert(this);
    run_.loop.watch(socket_, *this);
  }

  void look_at_clock(int64_t now) {
    if (now >= leave_at_) leave();
  }

 private:
  /// As much of a request as this caller sends.
  std::string request() {
    std::string whole = run_.requests.next(true, fmt::format("{}", number_));
    const size_t head = whole.find("\r\n\r\n") + 4;
    switch (phase_) {
      case Phase::Connected:
        return {};
      case Phase::InHead:
        return whole.substr(0, 1 + run_.random() % (head - 1));
      case Phase::InBody:
        return whole.substr(0, head + run_.random() % (whole.size() - head));
      default:
        return whole;
    }
  }

  void on_ready(uint32_t) override {
    if (!socket_.open()) return;
    const bool sending = !sent_;
    if (!send_some(socket_, out_)) return leave();
    sent_ = sent_ || out_.empty();
    if (sending && sent_) after_sending();
    std::string bytes;
    Received received = Received::Bytes;
    while (socket_.open() && (received == Received::Bytes || received == Received::Short)) {
      received = receive_some(socket_, bytes);
    }
    if (socket_.open() && !bytes.empty()) after_receiving(bytes);
    if (socket_.open() && received == Received::End) leave();
  }

  void after_sending() {
    if (phase_ == Phase::Sent) return leave();
    if (phase_ == Phase::Answered || phase_ == Phase::Streaming) return;
    leave_at_ = now_ns() + static_cast<int64_t>(run_.random() % 30) * kMillisecond;
  }

  void after_receiving(std::string_view bytes) {
    (void)reader_.feed(bytes, now_ns());
    if (reader_.status() != 0 && reader_.status() != 200) ++run_.refused;
    const bool enough = phase_ == Phase::Answered
                            ? reader_.status() != 0
                            : phase_ == Phase::Streaming && reader_.frames() >= frames_;
    if (enough || (reader_.status() != 0 && reader_.status() != 200)) leave();
  }

  void leave() {
    if (resets_) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ++run_.left_at.at(static_cast<size_t>(phase_));
    run_.closes += fmt::format("{} {}\n", number_, now_ns());
    socket_.close();
    run_.open.erase(this);
    run_.loop.retire(std::unique_ptr<Watched>(this));
  }

  Run& run_;
  uint32_t number_;
  Phase phase_;
  bool resets_;
  EventReader reader_;
  uint32_t frames_;
  int64_t leave_at_;
  Descriptor socket_;
  std::string out_;
  bool sent_ = false;
};

void print(const Run& run) {
  fmt::print(R"({{"disconnects":{},"refused":{})", run.options.count, run.refused);
  for (size_t i = 0; i < kNames.size(); ++i) {
    fmt::print(R"(,"{}":{})", kNames.at(i), run.left_at.at(i));
  }
  fmt::print("}}\n");
}

}  // namespace

int run_disconnects(const LoadOptions& options) {
  Run run{
      .options = options, .requests = Requests(options), .random = std::mt19937_64(options.seed)};
  uint32_t made = 0;
  while (made < options.count || !run.open.empty()) {
    for (; made < options.count && run.open.size() < options.streams; ++made) {
      new Caller(run, made);  // owns itself until it is retired
    }
    run.loop.run_once(1);
    const int64_t now = now_ns();
    const std::vector<Caller*> callers(run.open.begin(), run.open.end());
    for (Caller* const each : callers) each->look_at_clock(now);
  }
  print(run);
  if (!options.closes_file.empty()) std::ofstream(options.closes_file) << run.closes;
  return 0;
}

}  // namespace bench
