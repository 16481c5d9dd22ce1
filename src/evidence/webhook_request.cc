#include "evidence/webhook_request.h"

#include "base/encoding.h"
#include "base/weak_secret.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr size_t kLeastKey = 24;
constexpr size_t kMostKey = 64;

base::Secret from_base64(std::string_view text) {
  std::string url_form(text);
  while (url_form.ends_with('=')) url_form.pop_back();
  std::ranges::replace(url_form, '+', '-');
  std::ranges::replace(url_form, '/', '_');
  auto bytes = base::from_base64url(url_form);
  base::wipe(url_form);
  if (!bytes) return {};
  std::string again = base::to_base64(*bytes);
  base::Secret secret(*std::move(bytes));
  const bool one_spelling = again == text;
  base::wipe(again);
  return one_spelling ? std::move(secret) : base::Secret();
}

}  // namespace

base::Result<base::Secret> parse_webhook_secret(const base::Secret& text) {
  const std::string_view given = text.expose();
  base::Secret key;
  if (given.starts_with(kSecretPrefix)) key = from_base64(given.substr(kSecretPrefix.size()));
  const size_t size = key.expose().size();
  if (size >= kLeastKey && size <= kMostKey) {
    if (!base::is_weak_secret(key.expose())) return key;
    return base::make_error(base::Code::Invalid, "the webhook's secret is one byte repeated");
  }
  return base::make_error(base::Code::Invalid,
                          "a webhook's secret is whsec_ and the base64 of 24 to 64 random bytes");
}

std::string webhook_body(const SinkBatch& batch) {
  size_t size = 0;
  for (const SinkRecord& record : batch.records) size += record.line.size() + 1;
  std::string body;
  body.reserve(size);
  for (const SinkRecord& record : batch.records) {
    body += record.line;
    body += '\n';
  }
  return body;
}

std::string webhook_id(std::string_view install_id, const SinkBatch& batch) {
  return fmt::format("{}:{}:{}-{}", install_id, batch.stream, batch.records.front().seq,
                     batch.records.back().seq);
}

std::string webhook_fields(const base::Secret& key, std::string_view id, int64_t timestamp,
                           std::string_view body) {
  const auto signature =
      crypto::hmac_sha256(key.expose(), fmt::format("{}.{}.{}", id, timestamp, body));
  return fmt::format("webhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: v1,{}\r\n", id,
                     timestamp, base::to_base64(crypto::bytes_of(signature)));
}

}  // namespace srasta::evidence
