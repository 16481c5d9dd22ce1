#include "gateway/relay.h"

// An answer in one piece that the client's protocol says otherwise.
namespace srasta::gateway {
namespace {

using net::ClientFault;
using service::ErrorCode;

/// Of an answer that must be whole to be translated.
constexpr size_t kLargestAnswer = size_t{32} << 20;

RelayEnd bad_answer(std::string_view reason, std::string detail) {
  return {.kind = RelayEnd::Kind::Error,
          .reason = reason,
          .code = ErrorCode::UpstreamBadResponse,
          .detail = std::move(detail)};
}

}  // namespace

net::Task<RelayEnd> Relay::relay_translated(Connection& connection) {
  std::string whole;
  while (true) {
    const auto run = co_await connection.read_body(request_.exchange.scope(), timeouts_.idle);
    if (run.fault != ClientFault::None) {
      co_return fault_end(connection.cut_in_chunks(run.fault) ? ClientFault::BadChunk : run.fault,
                          {});
    }
    for (const std::string_view piece : connection.pieces()) whole.append(piece);
    if (whole.size() > kLargestAnswer) co_return bad_answer("framing", "the answer is too long");
    if (run.done) break;
  }
  const int status = connection.head().status;
  std::string answer;
  if (status >= 400) {
    answer = dialects::translate_error(order_.way.client, whole, status, asked());
  } else {
    auto translated = dialects::translate_answer(order_.way, whole, asked());
    if (!translated) {
      RelayEnd end = bad_answer("garbage", std::move(translated.error().message));
      end.usage = inference::find_usage(whole);
      co_return end;
    }
    answer = *std::move(translated);
  }
  bytes_out_ = answer.size();
  const bool sent =
      co_await request_.exchange.respond(status, answer_fields(connection.head()), answer);
  if (!sent) co_return client_end(net::IoState::Failed);
  co_return complete(inference::find_usage(whole), connection);
}

}  // namespace srasta::gateway
