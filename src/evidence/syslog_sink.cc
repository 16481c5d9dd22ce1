#include "evidence/syslog_sink.h"

#include "evidence/syslog_message.h"

#include <span>
#include <string_view>
#include <utility>

namespace srasta::evidence {
namespace {

using base::Code;
using base::make_error;
using net::IoState;

constexpr size_t kMostRecent = size_t{1} << 20;

/// Whether the receiver has ended the connection. What it sends otherwise is nothing of syslog.
bool has_ended(net::Stream& stream) {
  while (true) {
    const net::Io io = stream.try_read(stream.loop().scratch());
    if (io.state == IoState::WouldBlock) return false;
    if (io.state != IoState::Done) return true;
  }
}

base::Error not_sent(IoState state) {
  switch (state) {
    case IoState::Timeout:
      return make_error(Code::Timeout, "the receiver does not take what is sent");
    case IoState::Cancelled:
      return make_error(Code::Cancelled, "cancelled");
    default:
      return make_error(Code::Unavailable, "the receiver closed the connection");
  }
}

}  // namespace

SyslogSink::SyslogSink(net::BlockingPool& blocking, Settings settings)
    : blocking_(blocking), settings_(std::move(settings)) {}

net::Task<base::Result<void>> SyslogSink::deliver(const SinkBatch& batch, net::Scope& scope) {
  std::string frames;
  for (const SinkRecord& record : batch.records) {
    frames += syslog_frame(syslog_message(settings_.host, batch.stream, record));
  }
  if (stream_ && has_ended(*stream_)) stream_.reset();
  if (!stream_) {
    auto connected = co_await connect(scope);
    if (!connected) co_return std::move(connected).error();
  }
  const IoState state = co_await send(std::span(&frames, 1), scope);
  if (state != IoState::Done) {
    stream_.reset();
    co_return not_sent(state);
  }
  keep(std::move(frames));
  co_return base::Result<void>();
}

void SyslogSink::keep(std::string frames) {
  recent_bytes_ += frames.size();
  recent_.push_back(std::move(frames));
  size_t old = 0;
  while (recent_bytes_ > kMostRecent && old + 1 < recent_.size()) {
    recent_bytes_ -= recent_[old++].size();
  }
  recent_.erase(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(old));
}

net::Task<base::Result<void>> SyslogSink::connect(net::Scope& scope) {
  net::Peer peer = settings_.peer;
  auto stream = co_await net::dial(blocking_, std::move(peer), scope);
  if (!stream) {
    base::Error error = std::move(stream).error();
    co_return make_error(error.code == Code::Cancelled ? Code::Cancelled : Code::Unavailable,
                         "no connection", std::move(error.detail));
  }
  stream_ = *std::move(stream);
  if (recent_.empty()) co_return base::Result<void>();
  const IoState state = co_await send(recent_, scope);
  if (state == IoState::Done) co_return base::Result<void>();
  stream_.reset();
  co_return not_sent(state);
}

net::Task<IoState> SyslogSink::send(std::span<const std::string> pieces, net::Scope& scope) {
  for (const std::string& piece : pieces) {
    const std::string_view part = piece;
    const base::Micros left = scope.deadline() - scope.loop().now();
    const IoState state = co_await net::write_all_kept(*stream_, std::span(&part, 1), scope, left);
    if (state != IoState::Done) co_return state;
  }
  const IoState state = co_await net::until_acknowledged(*stream_, scope, scope.deadline());
  if (state == IoState::Done && has_ended(*stream_)) co_return IoState::Closed;
  co_return state;
}

}  // namespace srasta::evidence
