// One request at a time on one kept connection.
#include "event_loop.h"
#include "event_reader.h"
#include "load.h"

#include <algorithm>
#include <poll.h>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr int kPatienceMs = 10'000;
constexpr uint32_t kWarmUp = 100;

bool wait_for(const Descriptor& socket, short what) {
  pollfd entry{.fd = socket.get(), .events = what, .revents = 0};
  return ::poll(&entry, 1, kPatienceMs) == 1;
}

/// The answer's status; 0 when it did not come.
int ask(const Descriptor& socket, std::string request, EventReader& reader) {
  reader.restart();
  if (!send_some(socket, request) || !request.empty()) return 0;
  auto state = EventReader::State::Reading;
  while (state == EventReader::State::Reading) {
    std::string bytes;
    if (!wait_for(socket, POLLIN) || receive_some(socket, bytes) == Received::End) return 0;
    state = reader.feed(bytes, 0);
  }
  return state == EventReader::State::Done ? reader.status() : 0;
}

}  // namespace

int run_latency(const LoadOptions& options) {
  Requests requests(options);
  const Descriptor socket = connect_to(options.port);
  if (!wait_for(socket, POLLOUT)) return 1;
  Arrivals unused;
  EventReader reader(unused, 0);
  std::vector<uint32_t> nanoseconds;
  for (uint32_t i = 0; i < kWarmUp + options.count; ++i) {
    const int64_t start = now_ns();
    const int status = ask(socket, requests.next(false), reader);
    if (i >= kWarmUp) nanoseconds.push_back(static_cast<uint32_t>(now_ns() - start));
    if (status == 200) continue;
    fmt::print(stderr, "load: request {} was answered with {}\n", i, status);
    return 1;
  }
  std::ranges::sort(nanoseconds);
  fmt::print(R"({{"requests":{},"p50_us":{:.1f},"p99_us":{:.1f}}})"
             "\n",
             nanoseconds.size(), static_cast<double>(per_mille(nanoseconds, 500)) / 1e3,
             static_cast<double>(per_mille(nanoseconds, 990)) / 1e3);
  return 0;
}

}  // namespace bench
