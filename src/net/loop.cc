#include "net/loop.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace srasta::net {
namespace {

constexpr size_t kEventsPerRound = 256;
constexpr size_t kScratchBytes = 64 * 1024;
constexpr int kLongestWaitMillis = 60'000;

}  // namespace

Loop::Loop(const base::Clock& clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      now_(clock.mono()),
      scratch_(kScratchBytes) {
  SRASTA_CHECK(epoll_ >= 0 && wake_ >= 0, "a loop needs two descriptors at start");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  SRASTA_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0, "both descriptors are new");
  timers_.advance(now_);
}

Loop::~Loop() {
  ::close(wake_);
  ::close(epoll_);
}

void Loop::run() {
  while (!stopping_) {
    wait_for_events();
    timers_.advance(now_);
    run_posted();
    resume_ready();
  }
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

void Loop::post(std::function<void()> work) {
  bool first = false;
  {
    const std::scoped_lock lock(posted_mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (!first) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

base::Result<void> Loop::watch(int descriptor, Watched& watched) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watched;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return base::errno_error("epoll_ctl", errno);
  }
  return {};
}

void Loop::forget(int descriptor, Watched& watched) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  std::ranges::replace(collected_, &watched, nullptr);
}

base::Micros Loop::busy_for(base::MonoTime now) const {
  const int64_t began = round_began_.load(std::memory_order_relaxed);
  return began == 0 ? base::Micros(0) : now.time_since_epoch() - base::Micros(began);
}

base::Micros Loop::take_longest_round() {
  return base::Micros(longest_round_.exchange(0, std::memory_order_relaxed));
}

/// The only writer of `longest_round_` but for the exchange above, so a plain store is enough: at
/// worst one round is reported twice.
void Loop::end_round() {
  const int64_t took = busy_for(now_).count();
  if (took > longest_round_.load(std::memory_order_relaxed)) {
    longest_round_.store(took, std::memory_order_relaxed);
  }
  round_began_.store(0, std::memory_order_relaxed);
}

void Loop::wait_for_events() {
  now_ = std::max(now_, clock_.mono());
  end_round();
  const base::Millis next = timers_.until_next(now_);
  int timeout = static_cast<int>(std::min<int64_t>(next.count(), kLongestWaitMillis));
  if (!ready_.empty() || !next_round_.empty()) timeout = 0;
  ready_.insert(ready_.end(), next_round_.begin(), next_round_.end());
  next_round_.clear();
  std::array<epoll_event, kEventsPerRound> events;
  const int count = ::epoll_wait(epoll_, events.data(), kEventsPerRound, timeout);
  SRASTA_CHECK(count >= 0 || errno == EINTR,
               "epoll_wait on an own descriptor cannot fail otherwise");
  now_ = std::max(now_, clock_.mono());
  round_began_.store(now_.time_since_epoch().count(), std::memory_order_relaxed);
  collected_.clear();
  for (int i = 0; i < count; ++i) {
    collected_.push_back(static_cast<Watched*>(events[static_cast<size_t>(i)].data.ptr));
  }
  for (size_t i = 0; i < collected_.size(); ++i) {
    more_events_ = i + 1 < collected_.size();
    if (collected_[i] != nullptr) collected_[i]->on_ready(events[i].events);
    resume_ready();
  }
  collected_.clear();
  ready_.insert(ready_.end(), after_events_.begin(), after_events_.end());
  after_events_.clear();
  resume_ready();
}

void Loop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    const std::scoped_lock lock(posted_mutex_);
    if (posted_.empty()) return;
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_, &count, sizeof count);
    work.swap(posted_);
  }
  for (const auto& each : work) each();
}

void Loop::resume_ready() {
  while (!ready_.empty()) {
    resuming_.swap(ready_);
    for (const auto handle : resuming_) handle.resume();
    resuming_.clear();
  }
}

}  // namespace srasta::net
