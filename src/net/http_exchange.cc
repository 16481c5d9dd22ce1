#include "base/check.h"
#include "http/chunked.h"
#include "http/writer.h"
#include "net/http_server.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>

namespace srasta::net {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// A chunked body does not say how long it will be, so its share of the budget grows in steps.
constexpr size_t kHeldStep = size_t{64} << 10;
constexpr size_t kMostSpare = size_t{512} << 10;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

BodyFault fault_of(IoState state) {
  return state == IoState::Timeout ? BodyFault::Timeout : BodyFault::Truncated;
}

}  // namespace

Loop& Exchange::loop() const {
  return server_->loop();
}
bool Exchange::draining() const {
  return server_->draining();
}

std::optional<uid_t> Exchange::peer_user() const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.pid == 0) {
    return std::nullopt;
  }
  return who.uid;
}

void Exchange::on_peer_gone() {
  gone_ = true;
  keep_alive_ = false;
  scope_->cancel();
}

Exchange::~Exchange() {
  if (budget_ != nullptr) budget_->give_back(held_);
}

/// Whether the body may grow to `bytes`.
bool Exchange::hold(size_t bytes) {
  if (bytes <= held_) return true;
  if (!budget_->take(bytes - held_)) return false;
  held_ = bytes;
  return true;
}

Task<BodyFault> Exchange::read_body(size_t limit, BodyBudget& budget, std::string& out) {
  out.clear();
  budget_ = &budget;
  if (head_.framing == http::Framing::Length) {
    if (head_.length > limit) co_return BodyFault::TooLarge;
    if (!hold(head_.length)) co_return BodyFault::NoRoom;
  }
  const bool invited = co_await invite_body();
  if (!invited) co_return BodyFault::Truncated;
  BodyFault fault = BodyFault::None;
  if (head_.framing == http::Framing::Length) fault = co_await read_exactly(head_.length, out);
  if (head_.framing == http::Framing::Chunked) fault = co_await read_chunked(limit, out);
  body_read_ = fault == BodyFault::None;
  co_return fault;
}

Task<BodyFault> Exchange::read_body_into(uint64_t limit, BodySink& sink) {
  if (head_.framing == http::Framing::Length && head_.length > limit) {
    co_return BodyFault::TooLarge;
  }
  const bool invited = co_await invite_body();
  if (!invited) co_return BodyFault::Truncated;
  BodyFault fault = BodyFault::None;
  if (head_.framing == http::Framing::Length) fault = co_await pass_exactly(head_.length, sink);
  if (head_.framing == http::Framing::Chunked) fault = co_await pass_chunked(limit, sink);
  body_read_ = fault == BodyFault::None;
  co_return fault;
}

/// A client that waits for it is told to go on.
Task<bool> Exchange::invite_body() {
  const bool has_body = head_.framing != http::Framing::None && head_.length + 1 > 0;
  if (!has_body || !head_.expects_continue || !buffer_->empty()) co_return true;
  const IoState state =
      co_await write_all(*stream_, std::span(&kContinue, 1), *scope_, server_->limits().write_idle);
  co_return state == IoState::Done;
}

Task<BodyFault> Exchange::pass_exactly(uint64_t length, BodySink& sink) {
  const base::MonoTime deadline = scope_->within(server_->limits().body_total);
  uint64_t left = length;
  while (true) {
    const size_t take = std::min<uint64_t>(buffer_->size(), left);
    if (take > 0 && !sink.take(std::string_view(*buffer_).substr(0, take))) {
      co_return BodyFault::NotTaken;
    }
    buffer_->erase(0, take);
    left -= take;
    if (left == 0) co_return BodyFault::None;
    const BodyFault fault = co_await fill(deadline);
    if (fault != BodyFault::None) co_return fault;
  }
}

Task<BodyFault> Exchange::pass_chunked(uint64_t limit, BodySink& sink) {
  const base::MonoTime deadline = scope_->within(server_->limits().body_total);
  http::ChunkedDecoder chunks;
  uint64_t passed = 0;
  while (true) {
    std::string_view rest = *buffer_;
    while (!rest.empty() && !chunks.done()) {
      const http::ChunkedDecoder::Step step = chunks.next(rest);
      if (chunks.fault() == http::ChunkFault::TrailerTooLarge)
        co_return BodyFault::TrailersTooLarge;
      if (chunks.fault() != http::ChunkFault::None) co_return BodyFault::BadChunk;
      rest.remove_prefix(step.consumed);
      passed += step.data.size();
      if (passed > limit || chunks.announced() > limit - passed) co_return BodyFault::TooLarge;
      if (!step.data.empty() && !sink.take(step.data)) co_return BodyFault::NotTaken;
    }
    buffer_->erase(0, buffer_->size() - rest.size());
    if (chunks.done()) co_return BodyFault::None;
    const BodyFault fault = co_await fill(deadline);
    if (fault != BodyFault::None) co_return fault;
  }
}

Task<void> Exchange::discard_small_body() {
  const bool small = head_.framing == http::Framing::Length && head_.length <= kHeldStep;
  if (!small || head_.expects_continue || body_read_) co_return;
  std::string dropped;
  const BodyFault fault = co_await read_exactly(head_.length, dropped);
  body_read_ = fault == BodyFault::None;
}

Task<BodyFault> Exchange::fill(base::MonoTime deadline) {
  const base::MonoTime idle = scope_->within(server_->limits().body_idle);
  const std::span<char> scratch = loop().scratch();
  while (true) {
    const Io io = stream_->try_read(scratch);
    if (io.state == IoState::Done) {
      buffer_->append(scratch.data(), io.size);
      // The scratch is free again, so others may run before these bytes are looked at.
      if (turn_.over()) co_await Yield(loop());
      co_return BodyFault::None;
    }
    if (io.state != IoState::WouldBlock) co_return fault_of(io.state);
    const Wake wake = co_await stream_->readable(*scope_, std::min(idle, deadline));
    if (wake != Wake::Ready) co_return fault_of(state_of(wake));
  }
}

Task<BodyFault> Exchange::read_exactly(uint64_t length, std::string& out) {
  out.reserve(length);
  const base::MonoTime deadline = scope_->within(server_->limits().body_total);
  while (true) {
    const size_t take = std::min<size_t>(buffer_->size(), length - out.size());
    out.append(*buffer_, 0, take);
    buffer_->erase(0, take);
    if (out.size() == length) co_return BodyFault::None;
    const BodyFault fault = co_await fill(deadline);
    if (fault != BodyFault::None) co_return fault;
  }
}

Task<BodyFault> Exchange::read_chunked(size_t limit, std::string& out) {
  const base::MonoTime deadline = scope_->within(server_->limits().body_total);
  http::ChunkedDecoder chunks;
  chunks.keep_trailer(kept_trailer_);
  while (true) {
    std::string_view left = *buffer_;
    while (!left.empty() && !chunks.done()) {
      const http::ChunkedDecoder::Step step = chunks.next(left);
      if (chunks.fault() == http::ChunkFault::TrailerTooLarge)
        co_return BodyFault::TrailersTooLarge;
      if (chunks.fault() != http::ChunkFault::None) co_return BodyFault::BadChunk;
      left.remove_prefix(step.consumed);
      // Doubling would take twice the body at its end.
      if (out.capacity() - out.size() < step.data.size()) {
        out.reserve(out.size() + std::clamp(out.size() / 8, kHeldStep, kMostSpare));
      }
      out.append(step.data);
      if (out.size() > limit || chunks.announced() > limit - out.size())
        co_return BodyFault::TooLarge;
      if (!hold((out.size() / kHeldStep + 1) * kHeldStep)) co_return BodyFault::NoRoom;
    }
    buffer_->erase(0, buffer_->size() - left.size());
    if (chunks.done()) {
      trailer_ = chunks.trailer();
      co_return BodyFault::None;
    }
    const BodyFault fault = co_await fill(deadline);
    if (fault != BodyFault::None) co_return fault;
  }
}

std::string Exchange::start_of_answer(int status, std::string_view fields) {
  status_ = status;
  std::string text = http::HeadWriter::response(status).finish();
  text.resize(text.size() - 2);
  text += fields;
  if (!keep_alive_) text += "Connection: close\r\n";
  return text;
}

Task<bool> Exchange::respond(int status, std::string_view fields, std::string_view body) {
  SRASTA_CHECK(!answered_, "a request is answered once");
  answered_ = true;
  // A request that is here already is answered as well, with 503.
  if (!body_read_ || (server_->draining() && buffer_->empty())) keep_alive_ = false;
  std::string text = start_of_answer(status, fields);
  if (status != 204) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  const std::array<std::string_view, 2> parts = {
      text, head_.method == "HEAD" ? std::string_view() : body};
  co_await SendTurn(loop());
  // An answer is still owed when the request was cancelled, so it has a scope of its own.
  Scope answering(loop());
  const IoState state =
      co_await write_all(*stream_, parts, answering, server_->limits().write_idle);
  if (state != IoState::Done) keep_alive_ = false;
  co_return state == IoState::Done;
}

Task<bool> Exchange::begin(int status, std::string_view fields, std::string framing) {
  SRASTA_CHECK(!answered_ && !streaming_, "a request is answered once");
  streaming_ = true;
  if (!body_read_ || server_->draining()) keep_alive_ = false;
  const std::string text = start_of_answer(status, fields) + framing + "\r\n";
  const std::string_view part = text;
  const IoState state =
      co_await write_all(*stream_, std::span(&part, 1), *scope_, server_->limits().write_idle);
  co_return state == IoState::Done;
}

Task<bool> Exchange::begin_stream(int status, std::string_view fields) {
  chunked_ = !head_.http_1_0;
  if (!chunked_) keep_alive_ = false;
  co_return co_await begin(status, fields, chunked_ ? "Transfer-Encoding: chunked\r\n" : "");
}

Task<bool> Exchange::begin_sized(int status, std::string_view fields, uint64_t size) {
  co_return co_await begin(status, fields, "Content-Length: " + std::to_string(size) + "\r\n");
}

Task<IoState> Exchange::write(std::span<const std::string_view> parts) {
  std::string rest;
  const IoState state = write_now(parts, rest);
  if (state != IoState::Done || rest.empty()) co_return state;
  co_return co_await write_rest(rest);
}

IoState Exchange::write_now(std::span<const std::string_view> parts, std::string& rest) {
  size_t total = 0;
  for (const std::string_view part : parts) total += part.size();
  if (total == 0) return IoState::Done;
  if (!chunked_) return net::write_now(*stream_, parts, rest);
  std::array<char, 18> size_line;
  std::vector<std::string_view> framed;
  framed.reserve(parts.size() + 2);
  framed.emplace_back(size_line.data(), http::write_chunk_size(total, size_line.data()));
  framed.insert(framed.end(), parts.begin(), parts.end());
  framed.emplace_back("\r\n");
  return net::write_now(*stream_, framed, rest);
}

Task<IoState> Exchange::write_rest(const std::string& rest) {
  const std::string_view part = rest;
  co_return co_await write_all_kept(*stream_, std::span(&part, 1), *scope_,
                                    server_->limits().write_idle);
}

Task<bool> Exchange::finish() {
  SRASTA_CHECK(streaming_ && !answered_, "only a begun stream is finished");
  answered_ = true;
  if (!chunked_) co_return true;
  const IoState state = co_await write_all(*stream_, std::span(&kLastChunk, 1), *scope_,
                                           server_->limits().write_idle);
  if (state != IoState::Done) keep_alive_ = false;
  co_return state == IoState::Done;
}

}  // namespace srasta::net
