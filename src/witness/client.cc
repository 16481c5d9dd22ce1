#include "witness/client.h"

#include "http/url.h"
#include "tlog/witness_request.h"

#include <array>

#include <fmt/format.h>

namespace srasta::witness {
namespace {

using base::Code;
using base::make_error;

constexpr size_t kMostAnswer = size_t{64} << 10;
constexpr size_t kMostReason = 200;
constexpr base::Seconds kConnectTime{5};

base::Error not_reached(const net::SimpleAnswer& answer) {
  const Code code = answer.fault == net::ClientFault::Cancelled ? Code::Cancelled
                    : answer.fault == net::ClientFault::ConnectTimeout ||
                            answer.fault == net::ClientFault::HeadTimeout ||
                            answer.fault == net::ClientFault::IdleTimeout
                        ? Code::Timeout
                        : Code::Unavailable;
  return make_error(code,
                    fmt::format("the witness gives no answer ({})", net::to_string(answer.fault)),
                    answer.detail);
}

/// What a refusal means for the log. The witness's own words go to the operator's log, shortened
/// and escaped there.
base::Error refusal(const net::SimpleAnswer& answer) {
  const std::string words = answer.body.substr(0, std::min(answer.body.find('\n'), kMostReason));
  const auto error = [&](Code code, std::string_view what) {
    return make_error(code, fmt::format("{} (status {})", what, answer.status), words);
  };
  switch (answer.status) {
    case 400:
      return error(Code::Invalid, "the witness does not understand the request");
    case 403:
      return error(Code::Denied, "the witness trusts another key for this log");
    case 404:
      return error(Code::NotFound, "the witness does not watch this log");
    case 409:
      return error(Code::Conflict, "the witness has cosigned another tree of this size");
    case 422:
      return error(Code::Conflict,
                   "the log does not continue the tree that the witness has cosigned");
    default:
      return error(Code::Unavailable, "the witness does not cosign now");
  }
}

}  // namespace

base::Result<std::unique_ptr<WitnessClient>> WitnessClient::create(net::Loop& loop,
                                                                   net::BlockingPool& blocking,
                                                                   Settings settings) {
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url(settings.url));
  if (settings.key.type() != tlog::SignatureType::CosignatureV1) {
    return make_error(Code::Invalid, "this is the key of a log, not of a witness");
  }
  net::HttpClientPool::Settings server{.url = url, .connect_timeout = kConnectTime};
  if (url.tls) {
    SRASTA_TRY_ASSIGN(server.tls, net::TlsContext::client(settings.ca_file));
  }
  return std::make_unique<WitnessClient>(Key{}, loop, blocking, std::move(settings),
                                         std::move(server));
}

WitnessClient::WitnessClient(Key, net::Loop& loop, net::BlockingPool& blocking, Settings settings,
                             net::HttpClientPool::Settings server)
    : settings_(std::move(settings)), pool_(loop, blocking, std::move(server)) {}

net::Task<WitnessClient::Outcome> WitnessClient::add_checkpoint(uint64_t old_size,
                                                                tlog::Proof proof, tlog::Note note,
                                                                net::Scope& scope) {
  const std::string text = note.text;
  auto body = tlog::write_witness_request(
      {.old_size = old_size, .proof = std::move(proof), .note = std::move(note)});
  if (!body) co_return std::move(body).error();
  std::string path = pool_.settings().url.path;
  while (path.ends_with('/')) path.pop_back();
  net::SimpleRequest request{.method = "POST",
                             .path = path + "/add-checkpoint",
                             .fields = "Content-Type: text/plain; charset=utf-8\r\n",
                             .body = *std::move(body)};
  const net::SimpleAnswer answer =
      co_await net::http_exchange(pool_, std::move(request), kMostAnswer, scope);
  co_return outcome_of(answer, text);
}

WitnessClient::Outcome WitnessClient::outcome_of(const net::SimpleAnswer& answer,
                                                 const std::string& text) const {
  if (answer.fault != net::ClientFault::None) return not_reached(answer);
  if (answer.status == 200) return check_cosignature(answer.body, text);
  if (answer.status == 409) {
    // Without a size, the conflict is not one of sizes.
    if (const auto size = tlog::parse_conflict_body(answer.body)) return OtherSize{*size};
  }
  return refusal(answer);
}

WitnessClient::Outcome WitnessClient::check_cosignature(std::string_view lines,
                                                        const std::string& text) const {
  auto signatures = tlog::parse_signature_lines(lines);
  if (!signatures) {
    return make_error(Code::Unauthenticated, "the answer of the witness is no cosignature",
                      signatures.error().message);
  }
  const tlog::Note note{.text = text, .signatures = *std::move(signatures)};
  const auto verified = tlog::verify_note(note, std::array{settings_.key});
  if (!verified) {
    return make_error(Code::Unauthenticated,
                      "the answer has no right cosignature of the witness's key",
                      verified.error().message);
  }
  const tlog::VerifiedSignature& found = verified->front();
  return Cosigned{note.signatures[found.signature], found.time.value_or(0)};
}

}  // namespace srasta::witness
