#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "evidence/sink.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// The key of a webhook's secret, `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks).
/// Invalid for anything else, and when the bytes are all the same.
[[nodiscard]] base::Result<base::Secret> parse_webhook_secret(const base::Secret& text);

/// The stored lines, each with its LF: JSON lines, byte for byte what the hashes are about.
[[nodiscard]] std::string webhook_body(const SinkBatch& batch);

/// `<install id>:<stream>:<first seq>-<last seq>`: the same whenever this batch is sent.
[[nodiscard]] std::string webhook_id(std::string_view install_id, const SinkBatch& batch);

/// Header lines `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`:
/// `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.
[[nodiscard]] std::string webhook_fields(const base::Secret& key, std::string_view id,
                                         int64_t timestamp, std::string_view body);

}  // namespace srasta::evidence
