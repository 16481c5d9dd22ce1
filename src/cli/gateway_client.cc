#include "cli/gateway_client.h"

#include "base/entropy.h"
#include "base/file.h"
#include "base/ulid.h"
#include "http/url.h"
#include "identity/issuer.h"

#include <fmt/format.h>

namespace srasta::cli {
namespace {

base::Error unreachable(const std::string& url, std::string_view why) {
  return base::make_error(
      base::Code::Unavailable,
      fmt::format("no gateway answers at {} ({}); start it with: srasta up", url, why));
}

base::Result<std::string> url_of(const std::string& data_folder) {
  base::PosixFileSystem files;
  auto url = base::read_file(files, data_folder + "/run/gateway.url", 1024);
  if (!url) {
    return base::make_error(base::Code::Unavailable,
                            "no gateway has run on " + data_folder + "; start it with: srasta up");
  }
  while (url->ends_with('\n')) url->pop_back();
  return url;
}

}  // namespace

GatewayClient::GatewayClient(std::string url, std::string token)
    : url_(std::move(url)), token_(std::move(token)) {}

base::Result<GatewayClient> GatewayClient::open(const std::string& data_folder,
                                                std::string_view role) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  SRASTA_TRY_ASSIGN(std::string url, url_of(data_folder));
  SRASTA_TRY_ASSIGN(std::string pem,
                    base::read_file(files, data_folder + "/keys/issuer.pem", 16384));
  SRASTA_TRY_ASSIGN(crypto::PrivateKey key,
                    crypto::PrivateKey::from_pem(base::Secret(std::move(pem))));
  SRASTA_TRY_ASSIGN(const identity::Issuer issuer, identity::Issuer::create(url, std::move(key)));
  SRASTA_TRY_ASSIGN(std::string token,
                    issuer.make_token({.subject = "srasta-cli",
                                       .tenant = base::TenantId("default"),
                                       .roles = {base::RoleName(role)},
                                       .issued_at = clock.wall(),
                                       .lifetime = base::Seconds(300),
                                       .token_id = base::make_ulid(clock.wall(), entropy)}));
  return GatewayClient(std::move(url), std::move(token));
}

base::Result<GatewayClient> GatewayClient::open_as(const std::string& data_folder,
                                                   std::string token) {
  SRASTA_TRY_ASSIGN(std::string url, url_of(data_folder));
  return GatewayClient(std::move(url), std::move(token));
}

base::Result<Answer> GatewayClient::request(const std::string& path,
                                            const std::string& body) const {
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url(url_));
  net::HttpClientPool::Settings settings{.url = url};
  if (url.tls) {
    SRASTA_TRY_ASSIGN(settings.tls, net::TlsContext::client(""));
  }
  net::SimpleRequest wanted{.method = body.empty() ? "GET" : "POST",
                            .path = url.path + path,
                            .fields = fmt::format("Authorization: Bearer {}\r\n", token_),
                            .body = body};
  if (!body.empty()) wanted.fields += "Content-Type: application/json\r\n";
  auto answer = one_request(std::move(settings), std::move(wanted));
  if (!answer) return unreachable(url_, answer.error().detail);
  return answer;
}

base::Result<std::string> GatewayClient::fetch(const std::string& path) const {
  SRASTA_TRY_ASSIGN(Answer answer, request(path, ""));
  if (answer.status == 200) return std::move(answer.body);
  return base::make_error(base::Code::Unavailable,
                          fmt::format("the gateway answered {} {}", answer.status, answer.code));
}

}  // namespace srasta::cli
