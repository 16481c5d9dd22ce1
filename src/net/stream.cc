#include "net/stream.h"

#include "base/check.h"

#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace srasta::net {
namespace {

size_t index(Stream::Direction direction) {
  return static_cast<size_t>(direction);
}

/// What is left of `parts` behind the first `sent` bytes.
std::string rest_of(std::span<const std::string_view> parts, size_t sent) {
  std::string rest;
  for (std::string_view part : parts) {
    const size_t skip = std::min(sent, part.size());
    sent -= skip;
    rest.append(part.substr(skip));
  }
  return rest;
}

/// The parts behind the first `sent` bytes, none of them empty.
std::vector<std::string_view> behind(std::span<const std::string_view> parts, size_t sent) {
  std::vector<std::string_view> left;
  for (std::string_view part : parts) {
    const size_t skip = std::min(sent, part.size());
    sent -= skip;
    part.remove_prefix(skip);
    if (!part.empty()) left.push_back(part);
  }
  return left;
}

size_t total_of(std::span<const std::string_view> parts) {
  size_t total = 0;
  for (const std::string_view part : parts) total += part.size();
  return total;
}

}  // namespace

IoState state_of(Wake wake) {
  switch (wake) {
    case Wake::Ready:
      return IoState::Done;
    case Wake::Timeout:
      return IoState::Timeout;
    case Wake::Cancelled:
      return IoState::Cancelled;
  }
  return IoState::Cancelled;
}

bool Stream::Ready::await_ready() {
  return ended_early() || stream_.is_ready(direction_);
}

void Stream::Ready::await_suspend(std::coroutine_handle<> handle) {
  Ready*& slot = stream_.waiters_[index(direction_)];
  SRASTA_CHECK(slot == nullptr, "one coroutine waits for each direction of a stream");
  slot = this;
  park(handle);
}

void Stream::Ready::unregister() {
  stream_.waiters_[index(direction_)] = nullptr;
}

Stream::Stream(Loop& loop, int descriptor) : loop_(loop), descriptor_(descriptor) {
  SRASTA_CHECK(loop_.watch(descriptor_, *this).ok(), "an open socket can be watched");
}

Stream::~Stream() {
  SRASTA_CHECK(waiters_[0] == nullptr && waiters_[1] == nullptr, "nobody waits on a dying stream");
  loop_.forget(descriptor_, *this);
  ::close(descriptor_);
}

bool Stream::is_ready(Direction direction) const {
  // A peer that is gone raises no further edge, but there is its goodbye to read.
  const Direction needs = needs_[index(direction)];
  return ready_[index(needs)] || (peer_gone_ && needs == Direction::Read);
}

void Stream::block(Direction direction, Direction needs) {
  needs_[index(direction)] = needs;
  ready_[index(needs)] = false;
}

void Stream::on_ready(uint32_t events) {
  const bool closed = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (closed || (events & EPOLLIN) != 0) ready_[index(Direction::Read)] = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) ready_[index(Direction::Write)] = true;
  peer_gone_ = peer_gone_ || closed;
  notify(Direction::Read);
  notify(Direction::Write);
  if (!peer_gone_ && gone_ != nullptr && waiters_[index(Direction::Read)] == nullptr &&
      (events & EPOLLIN) != 0) {
    peer_gone_ = peer_said_goodbye();
  }
  if (peer_gone_) report_gone();
}

void Stream::notify(Direction direction) {
  Ready* const waiter = waiters_[index(direction)];
  if (waiter != nullptr && is_ready(direction)) waiter->finish(Wake::Ready);
}

void Stream::set_gone_handler(GoneHandler* handler) {
  gone_ = handler;
  if (peer_gone_) report_gone();
}

void Stream::report_gone() {
  if (gone_ == nullptr) return;
  GoneHandler* const handler = gone_;
  gone_ = nullptr;
  handler->on_peer_gone();
}

IoState write_now(Stream& stream, std::span<const std::string_view> parts, std::string& rest) {
  rest.clear();
  const Io io = stream.try_write(parts);
  if (io.state != IoState::Done && io.state != IoState::WouldBlock) return io.state;
  if (io.size < total_of(parts)) rest = rest_of(parts, io.size);
  return IoState::Done;
}

Task<IoState> write_all(Stream& stream, std::span<const std::string_view> parts, Scope& scope,
                        base::Micros idle) {
  std::string rest;
  const IoState state = write_now(stream, parts, rest);
  if (state != IoState::Done || rest.empty()) co_return state;
  const std::string_view part = rest;
  co_return co_await write_all_kept(stream, std::span(&part, 1), scope, idle);
}

Task<IoState> write_all_kept(Stream& stream, std::span<const std::string_view> parts, Scope& scope,
                             base::Micros idle) {
  std::vector<std::string_view> left;
  while (true) {
    const Io io = stream.try_write(left.empty() ? parts : left);
    if (io.state == IoState::Done) {
      left = behind(left.empty() ? parts : left, io.size);
      if (left.empty()) co_return IoState::Done;
      continue;
    }
    if (io.state != IoState::WouldBlock) co_return io.state;
    const Wake wake = co_await stream.writable(scope, scope.within(idle));
    if (wake != Wake::Ready) co_return state_of(wake);
  }
}

Task<Io> read_some(Stream& stream, std::span<char> out, Scope& scope, base::MonoTime deadline) {
  while (true) {
    const Io io = stream.try_read(out);
    if (io.state != IoState::WouldBlock) co_return io;
    const Wake wake = co_await stream.readable(scope, deadline);
    if (wake != Wake::Ready) co_return Io{state_of(wake), 0};
  }
}

}  // namespace srasta::net
