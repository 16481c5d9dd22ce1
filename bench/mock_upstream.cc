// An engine that costs next to nothing, so that what is measured is the server before it. Answers
// GET /v1/models, POST of anything with a completion of about 400 bytes or, if the body says
// "stream":true, with the events that the model's name asks for (mock_shape.h).
// GET /counters tells what is running; GET /closes when which request was given up.
// Usage: mock_upstream PORT [MODEL...]; prints its port (0: any).
#include "event_loop.h"
#include "mock_shape.h"

#include <charconv>
#include <csignal>
#include <memory>
#include <set>
#include <span>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace {

using bench::Descriptor;
using bench::Received;

constexpr int64_t kTick = 1'000'000;  // paced frames leave on a grid of 1 ms

struct Counters {
  uint64_t connections = 0;  ///< open now
  uint64_t running = 0;      ///< requests that are being answered
  uint64_t opened = 0;
  uint64_t completed = 0;
  uint64_t closed = 0;  ///< given up by the peer before the end
};

class Connection;

/// What all connections share.
struct Engine {
  bench::EventLoop loop;
  Counters counters;
  std::string models;
  std::string closes;                               ///< "ID NANOSECONDS" a line
  std::set<std::pair<int64_t, Connection*>> paced;  ///< by when the next frame is due
  std::set<Connection*> saturated;                  ///< sockets that take more, without a pace
};

std::string answer_of(std::string_view type, std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", type,
                     body.size(), body);
}

class Connection final : public bench::Watched {
 public:
  Connection(Engine& engine, Descriptor socket) : engine_(engine), socket_(std::move(socket)) {
    ++engine_.counters.connections;
    engine_.loop.watch(socket_, *this);
  }

  /// The next frames, or the end. Frames without a pace leave while the socket takes them.
  void send_frames(int64_t now) {
    if (stream_->frames_left() > 0) {
      for (uint32_t i = 0; i < stream_->shape().at_once && stream_->frames_left() > 0; ++i) {
        stream_->append_frame(out_, now);
      }
    } else {
      stream_->append_end(out_);
      stop_stream();
      ++engine_.counters.completed;
    }
    if (!bench::send_some(socket_, out_)) return close();
    if (!out_.empty()) engine_.saturated.erase(this);
    // Requests that came while the stream ran.
    if (!stream_) take_requests();
  }

  void send_due_frames(int64_t now) {
    due_ += stream_->shape().pace_ns;
    engine_.paced.emplace(due_, this);
    send_frames(now);
  }

 private:
  void on_ready(uint32_t) override {
    if (!socket_.open()) return;
    Received received = Received::Bytes;
    while (received == Received::Bytes || received == Received::Short) {
      received = bench::receive_some(socket_, in_);
    }
    if (received == Received::End || !bench::send_some(socket_, out_)) return close();
    if (stream_ && out_.empty() && stream_->shape().pace_ns == 0) engine_.saturated.insert(this);
    if (!stream_) take_requests();
  }

  void take_requests() {
    while (!stream_ && socket_.open()) {
      const auto request = bench::take_request(in_);
      if (!request) return;
      answer(*request);
      if (!bench::send_some(socket_, out_)) return close();
    }
  }

  void answer(const bench::MockRequest& request) {
    if (request.path == "/counters") return answer_counters();
    if (request.path == "/closes") return append(answer_of("text/plain", engine_.closes));
    if (request.path == "/v1/models") return append(engine_.models);
    ++engine_.counters.opened;
    if (request.stream) return start_stream(request);
    append(bench::completion());
    ++engine_.counters.completed;
  }

  void append(std::string_view text) { out_ += text; }

  void answer_counters() {
    const Counters& now = engine_.counters;
    append(answer_of(
        "application/json",
        fmt::format(R"({{"connections":{},"running":{},"opened":{},"completed":{},)"
                    R"("closed":{}}})",
                    now.connections, now.running, now.opened, now.completed, now.closed)));
  }

  void start_stream(const bench::MockRequest& request) {
    stream_ = std::make_unique<bench::MockStream>(request);
    ++engine_.counters.running;
    append(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
        "chunked\r\n\r\n");
    if (request.shape.pace_ns == 0) {
      engine_.saturated.insert(this);
    } else {
      due_ = bench::now_ns();
      engine_.paced.emplace(due_, this);
    }
  }

  void stop_stream() {
    engine_.paced.erase({due_, this});
    engine_.saturated.erase(this);
    stream_.reset();
    --engine_.counters.running;
  }

  void close() {
    if (stream_) {
      ++engine_.counters.closed;
      engine_.closes += fmt::format("{} {}\n", stream_->id(), bench::now_ns());
      stop_stream();
    }
    --engine_.counters.connections;
    socket_.close();
    engine_.loop.retire(std::unique_ptr<Watched>(this));
  }

  Engine& engine_;
  Descriptor socket_;
  std::string in_;
  std::string out_;
  std::unique_ptr<bench::MockStream> stream_;
  int64_t due_ = 0;
};

class Door final : public bench::Watched {
 public:
  Door(Engine& engine, uint16_t port) : engine_(engine), listener_(bench::listen_on(port)) {
    engine_.loop.watch(listener_, *this);
  }
  [[nodiscard]] uint16_t port() const { return bench::port_of(listener_); }

 private:
  void on_ready(uint32_t) override {
    for (Descriptor socket = bench::accept_from(listener_); socket.open();
         socket = bench::accept_from(listener_)) {
      new Connection(engine_, std::move(socket));  // owns itself until it is retired
    }
  }

  Engine& engine_;
  Descriptor listener_;
};

/// The clock of paced streams; silent while there are none.
class Pace final : public bench::Watched {
 public:
  explicit Pace(Engine& engine)
      : engine_(engine), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    engine_.loop.watch(timer_, *this);
  }

  void follow_demand() {
    const bool wanted = !engine_.paced.empty();
    if (wanted == running_) return;
    running_ = wanted;
    itimerspec interval{};
    if (wanted) interval = {.it_interval = {0, kTick}, .it_value = {0, kTick}};
    ::timerfd_settime(timer_.get(), 0, &interval, nullptr);
  }

 private:
  void on_ready(uint32_t) override {
    (void)!::read(timer_.get(), &ticks_, sizeof ticks_);
    const int64_t now = bench::now_ns();
    while (!engine_.paced.empty() && engine_.paced.begin()->first <= now) {
      Connection* const next = engine_.paced.begin()->second;
      engine_.paced.erase(engine_.paced.begin());
      next->send_due_frames(bench::now_ns());
    }
  }

  Engine& engine_;
  Descriptor timer_;
  uint64_t ticks_ = 0;
  bool running_ = false;
};

void send_saturated(Engine& engine) {
  const std::vector<Connection*> round(engine.saturated.begin(), engine.saturated.end());
  for (Connection* const each : round) {
    // A connection can only leave the set by its own turn.
    each->send_frames(bench::now_ns());
  }
}

std::string models_answer(std::span<char*> names) {
  std::string list;
  for (const char* const name : names) {
    list += fmt::format(R"({}{{"id":"{}","object":"model"}})", list.empty() ? "" : ",", name);
  }
  return answer_of("application/json", fmt::format(R"({{"object":"list","data":[{}]}})", list));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view text = argc >= 2 ? argv[1] : "";
  uint16_t port = 0;
  if (std::from_chars(text.begin(), text.end(), port).ec != std::errc()) {
    fmt::print(stderr, "usage: mock_upstream PORT [MODEL...]\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  Engine engine;
  engine.models = models_answer(std::span(argv + 2, static_cast<size_t>(argc - 2)));
  const Door door(engine, port);
  Pace pace(engine);
  fmt::print("{}\n", door.port());
  std::fflush(stdout);
  while (true) {
    pace.follow_demand();
    send_saturated(engine);
    engine.loop.run_once(engine.saturated.empty() ? -1 : 0);
  }
}
