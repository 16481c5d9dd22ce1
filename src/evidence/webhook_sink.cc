#include "evidence/webhook_sink.h"

#include "evidence/webhook_request.h"

#include <utility>

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

using base::Code;
using base::make_error;

constexpr base::Seconds kConnectTime{5};
/// Nobody reads the answer; it only has to end.
constexpr size_t kMostAnswer = size_t{64} << 10;

net::HttpClientPool::Settings server_of(const WebhookSink::Settings& settings) {
  return {.url = settings.url,
          .tls = settings.tls,
          .connect_timeout = kConnectTime,
          .local_only = !settings.url.tls};
}

base::Result<void> outcome_of(const net::SimpleAnswer& answer) {
  // With a status, what went wrong afterwards changes nothing.
  if (answer.status == 0) {
    return make_error(
        answer.fault == net::ClientFault::Cancelled ? Code::Cancelled : Code::Unavailable,
        fmt::format("no answer ({})", net::to_string(answer.fault)), answer.detail);
  }
  if (answer.status >= 200 && answer.status < 300) return {};
  const bool passes =
      answer.status == 408 || answer.status == 425 || answer.status == 429 || answer.status >= 500;
  return make_error(passes ? Code::Unavailable : Code::Denied,
                    fmt::format("status {}", answer.status));
}

}  // namespace

WebhookSink::WebhookSink(net::Loop& loop, net::BlockingPool& blocking, Settings settings)
    : key_(settings.key.clone()),
      install_id_(settings.install_id),
      pool_(loop, blocking, server_of(settings)) {}

net::Task<base::Result<void>> WebhookSink::deliver(const SinkBatch& batch, net::Scope& scope) {
  const std::string& path = pool_.settings().url.path;
  net::SimpleRequest request{.method = "POST",
                             .path = path.empty() ? "/" : path,
                             .fields = "Content-Type: application/jsonl\r\n",
                             .body = webhook_body(batch)};
  request.fields += webhook_fields(key_, webhook_id(install_id_, batch),
                                   base::unix_seconds(scope.loop().clock().wall()), request.body);
  const net::SimpleAnswer answer =
      co_await net::http_exchange(pool_, std::move(request), kMostAnswer, scope);
  co_return outcome_of(answer);
}

}  // namespace srasta::evidence
