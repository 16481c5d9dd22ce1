#include "witness/door.h"

#include <array>
#include <utility>

namespace srasta::witness {
namespace {

constexpr std::string_view kPath = "/add-checkpoint";
/// A checkpoint with a hundred of the largest signatures and the longest proof is smaller.
constexpr size_t kMostBody = size_t{512} << 10;
constexpr size_t kAllBodies = size_t{16} << 20;
constexpr size_t kMostDeciding = 64;
constexpr base::Seconds kDecisionTime{20};

struct RefusalRow {
  net::Refusal refusal;
  int status;
};
// Everything else is 400.
constexpr std::array kRefusals = {
    RefusalRow{net::Refusal::UnknownExpectation, 417}, RefusalRow{net::Refusal::HeadTimeout, 408},
    RefusalRow{net::Refusal::UnsupportedVersion, 505}, RefusalRow{net::Refusal::HeadTooLarge, 431},
    RefusalRow{net::Refusal::TooManyFields, 431},      RefusalRow{net::Refusal::Overloaded, 503},
};

Answer plain(int status, std::string reason) {
  Answer answer{.status = status, .body = reason + "\n"};
  answer.reason = std::move(reason);
  return answer;
}

Answer answer_of(net::BodyFault fault) {
  switch (fault) {
    case net::BodyFault::TooLarge:
      return plain(413, "the request is too large");
    case net::BodyFault::NoRoom:
      return plain(503, "too many requests at once");
    case net::BodyFault::Timeout:
      return plain(408, "the request did not come to its end in time");
    default:
      return plain(400, "the request is cut or its framing is wrong");
  }
}

}  // namespace

bool Door::Throttle::pass(base::MonoTime now) {
  if (now < next) {
    ++left_out;
    return false;
  }
  next = now + between;
  return true;
}

Door::Door(const Parts& parts, const std::optional<SourceRates::Settings>& rates)
    : parts_(parts), bodies_(kAllBodies) {
  if (rates) rates_.emplace(*rates);
}

bool Door::admit(const std::string& peer) {
  return !rates_ || rates_->open(peer, parts_.loop.now());
}

void Door::left(const std::string& peer) {
  if (rates_) rates_->close(peer);
}

void Door::accept_failed(int error_number) {
  if (!accept_failures_.pass(parts_.loop.now())) return;
  const std::string reason = base::errno_error("accept", error_number).message;
  parts_.log.warn("connections cannot be accepted", {{"reason", std::string_view(reason)}});
}

net::Task<void> Door::refuse(net::Exchange& exchange, net::Refusal refusal) {
  exchange.close_after();
  if (exchange.answered()) co_return;
  Answer refused = plain(400, "the request is not HTTP/1.1 as it should be");
  for (const RefusalRow& row : kRefusals) {
    if (row.refusal == refusal) refused.status = row.status;
  }
  co_await respond(exchange, std::move(refused));
}

net::Task<void> Door::serve(net::Exchange& exchange) {
  const http::RequestHead& head = exchange.head();
  if (rates_ && !rates_->take(exchange.peer(), parts_.loop.now())) {
    exchange.close_after();
    co_await respond(exchange, plain(429, "too many requests of this address"));
    co_return;
  }
  if (head.path != kPath || head.method != "POST") {
    co_await exchange.discard_small_body();
    co_await respond(exchange,
                     plain(head.path != kPath ? 404 : 405, "there is only POST /add-checkpoint"));
    co_return;
  }
  co_await add_checkpoint(exchange);
}

net::Task<void> Door::add_checkpoint(net::Exchange& exchange) {
  std::string body;
  const net::BodyFault fault = co_await exchange.read_body(kMostBody, bodies_, body);
  if (fault != net::BodyFault::None) {
    exchange.close_after();
    co_await respond(exchange, answer_of(fault));
    co_return;
  }
  Answer decided = co_await decide(exchange, std::move(body));
  note(decided, exchange.peer());
  co_await respond(exchange, std::move(decided));
}

/// On a thread that may wait for the disk. What was begun is finished, whether or not the client
/// stays: the answer it did not get is that to its next request.
net::Task<Answer> Door::decide(net::Exchange& exchange, std::string body) {
  if (deciding_ >= kMostDeciding) co_return plain(503, "too many requests at once");
  net::Delivery<Answer> delivery(parts_.loop);
  ++deciding_;
  parts_.blocking.submit([this, body = std::move(body), send = delivery.sender()] {
    send(parts_.cosigner.add_checkpoint(body));
    parts_.loop.post([this] { --deciding_; });
  });
  std::optional<Answer> decided =
      co_await delivery.receive(exchange.scope(), parts_.loop.now() + kDecisionTime);
  if (!decided) co_return plain(503, "the disk of the witness does not answer");
  co_return *std::move(decided);
}

net::Task<void> Door::respond(net::Exchange& exchange, Answer answer) {
  std::string fields = "Content-Type: " + std::string(answer.content_type) + "\r\n";
  if (answer.status == 405) fields += "Allow: POST\r\n";
  if (answer.status == 429 || answer.status == 503) fields += "Retry-After: 1\r\n";
  (void)co_await exchange.respond(answer.status, fields, answer.body);
}

/// Logs show a checkpoint a second, and strangers whatever they like: neither fills the log. What
/// the witness itself could not do always stands there.
void Door::note(const Answer& answer, const std::string& peer) {
  const bool cosigned = answer.status == 200;
  const bool failed = answer.status >= 500;
  Throttle& throttle = cosigned ? cosigned_ : answer.origin.empty() ? strangers_ : refusals_;
  if (!throttle.pass(parts_.loop.now()) && !failed) return;
  const base::Level level = cosigned ? base::Level::Info
                            : failed ? base::Level::Error
                                     : base::Level::Warn;
  parts_.log.write(level, cosigned ? "cosigned" : "not cosigned",
                   {{"origin", std::string_view(answer.origin)},
                    {"size", static_cast<int64_t>(answer.size)},
                    {"status", int64_t{answer.status}},
                    {"reason", std::string_view(answer.reason)},
                    {"peer", std::string_view(peer)},
                    {"left_out", std::exchange(throttle.left_out, 0)}});
}

}  // namespace srasta::witness
