// Question: do the platform's header fields read back as they were written, and does nothing pass
// without a signature? Input: one "name:value" a line; every value is also read as a principal.
#include "identity/forwarded.h"
#include "identity/forwarded_principal.h"
#include "input.h"

#include <string>

namespace {

using srasta::fuzz::require;
namespace identity = srasta::identity;
using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

void check_principal(std::string_view encoded) {
  const auto principal = identity::parse_principal(encoded);
  if (!principal) return;
  require(!principal->subject.empty() && !principal->tenant.empty());
  const std::string written = identity::encode_principal(*principal);
  // Escapes may make the platform's own spelling longer than what came.
  if (written.size() > identity::kMaxPrincipalBytes) return;
  const auto again = identity::parse_principal(written);
  require(again && again->subject == principal->subject && again->tenant == principal->tenant &&
          again->roles == principal->roles && again->issuer == principal->issuer &&
          again->permissions == principal->permissions && again->personas == principal->personas &&
          again->is_service() == principal->is_service());
}

void check_head(const Fields& fields) {
  const auto read = identity::read_forwarded(fields, {.caller = "api", .callee = "rag"});
  if (!read) return;
  const auto written = identity::forwarded_fields(read->head, read->signature);
  Fields views(written.begin(), written.end());
  for (const auto& [name, value] : views) require(identity::is_platform_header(name));
  const auto again = identity::read_forwarded(views, {.caller = "api", .callee = "rag"});
  require(again && again->signature == read->signature);
  require(identity::canonical(again->head) == identity::canonical(read->head));
  views.push_back(views.front());
  require(!identity::read_forwarded(views, {}));

  const auto key = [] {
    return identity::ForwardingKey{"k1", srasta::base::Secret(std::string(32, 's'))};
  };
  const srasta::base::WallTime then(srasta::base::Millis(read->head.timestamp_ms));
  identity::ForwardedVerifier verifier(key(), std::nullopt, then - identity::kForwardedSkew);
  require(!verifier.verify(*read, then));
  identity::SignedHead genuine = *again;
  genuine.signature = identity::sign_forwarded(genuine.head, key());
  if (verifier.verify(genuine, then)) {
    require(identity::parse_principal(genuine.head.principal).has_value());
    require(verifier.verify(genuine, then).error() == identity::ForwardedFault::Replay);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Fields fields;
  for (const std::string_view line : srasta::fuzz::split(srasta::fuzz::text_of(data, size), '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    check_principal(fields.back().second);
  }
  check_head(fields);
  return 0;
}
