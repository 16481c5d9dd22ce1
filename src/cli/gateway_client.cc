#include "cli/gateway_client.h"

#include "base/entropy.h"
#include "base/file.h"
#include "base/ulid.h"
#include "http/url.h"
#include "identity/issuer.h"
#include "net/http_client.h"

#include <array>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr base::Seconds kLongest{60};

using Result = base::Result<GatewayClient::Answer>;

base::Error unreachable(const std::string& url, std::string_view why) {
  return base::make_error(
      base::Code::Unavailable,
      fmt::format("no gateway answers at {} ({}); start it with: srasta up", url, why));
}

net::Task<void> exchange(net::HttpClientPool& pool, std::string text, const std::string& url,
                         Result& result, net::Loop& loop) {
  net::Scope scope(loop, loop.now() + kLongest);
  auto acquired = co_await pool.acquire(scope);
  net::ClientFault fault = acquired.fault;
  GatewayClient::Answer answer;
  if (fault == net::ClientFault::None) {
    const std::string_view part = text;
    fault = co_await acquired.connection->send(std::span(&part, 1), scope, kLongest);
  }
  if (fault == net::ClientFault::None) {
    fault = co_await acquired.connection->read_head(scope, scope.deadline());
  }
  bool done = fault != net::ClientFault::None;
  if (!done) {
    answer.status = acquired.connection->head().status;
    answer.code = acquired.connection->head().fields.find("x-srasta-error").value_or("");
  }
  while (!done) {
    const auto run = co_await acquired.connection->read_body(scope, kLongest);
    for (const std::string_view piece : acquired.connection->pieces()) answer.body.append(piece);
    fault = run.fault;
    done = run.done || fault != net::ClientFault::None;
  }
  if (fault == net::ClientFault::None)
    result = std::move(answer);
  else
    result = unreachable(url, net::to_string(fault));
  loop.stop();
}

}  // namespace

GatewayClient::GatewayClient(std::string url, std::string token)
    : url_(std::move(url)), token_(std::move(token)) {}

base::Result<GatewayClient> GatewayClient::open(const std::string& data_folder) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  auto url = base::read_file(files, data_folder + "/run/gateway.url", 1024);
  if (!url) {
    return base::make_error(base::Code::Unavailable,
                            "no gateway has run on " + data_folder + "; start it with: srasta up");
  }
  while (url->ends_with('\n')) url->pop_back();
  SRASTA_TRY_ASSIGN(std::string pem,
                    base::read_file(files, data_folder + "/keys/issuer.pem", 16384));
  SRASTA_TRY_ASSIGN(crypto::PrivateKey key,
                    crypto::PrivateKey::from_pem(base::Secret(std::move(pem))));
  SRASTA_TRY_ASSIGN(const identity::Issuer issuer, identity::Issuer::create(*url, std::move(key)));
  SRASTA_TRY_ASSIGN(std::string token,
                    issuer.make_token({.subject = "srasta-cli",
                                       .tenant = base::TenantId("default"),
                                       .roles = {base::RoleName("user")},
                                       .issued_at = clock.wall(),
                                       .lifetime = base::Seconds(300),
                                       .token_id = base::make_ulid(clock.wall(), entropy)}));
  return GatewayClient(*std::move(url), std::move(token));
}

Result GatewayClient::request(const std::string& path, const std::string& body) const {
  const base::SystemClock clock;
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url(url_));
  net::Loop loop(clock);
  net::BlockingPool blocking(1);
  net::HttpClientPool::Settings settings{.url = url};
  if (url.tls) {
    SRASTA_TRY_ASSIGN(settings.tls, net::TlsContext::client(""));
  }
  net::HttpClientPool pool(loop, blocking, std::move(settings));
  std::string text =
      fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n",
                  body.empty() ? "GET" : "POST", url.path, path, url.authority(), token_);
  if (!body.empty()) {
    text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  }
  text += "Connection: close\r\n\r\n" + body;
  Result result = unreachable(url_, "no answer");
  const base::MonoTime started = clock.mono();
  net::spawn(exchange(pool, std::move(text), url_, result, loop));
  loop.run();
  if (result) {
    result->millis = std::chrono::duration_cast<base::Millis>(clock.mono() - started).count();
  }
  return result;
}

}  // namespace srasta::cli
