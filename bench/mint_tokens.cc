// Many callers' tokens at once: `srasta token issue` signs one per process.
// Usage: mint_tokens KEY.pem ISSUER COUNT; one token a line, subjects u-0, u-1, ...
#include "base/clock.h"
#include "base/encoding.h"
#include "identity/issuer.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace {

using srasta::base::Result;

srasta::identity::TokenGrant grant(uint64_t number, srasta::base::WallTime now) {
  return {.subject = fmt::format("u-{}", number),
          .tenant = srasta::base::TenantId("default"),
          .roles = {srasta::base::RoleName("user")},
          .issued_at = now,
          .token_id = fmt::format("bench-{}", number)};
}

Result<std::string> mint(const std::string& key_file, std::string issuer_url, uint64_t count) {
  std::ifstream file(key_file);
  std::string pem(std::istreambuf_iterator<char>(file), {});
  SRASTA_TRY_ASSIGN(auto key,
                    srasta::crypto::PrivateKey::from_pem(srasta::base::Secret(std::move(pem))));
  SRASTA_TRY_ASSIGN(const auto issuer,
                    srasta::identity::Issuer::create(std::move(issuer_url), std::move(key)));
  const srasta::base::WallTime now = srasta::base::SystemClock().wall();
  std::string lines;
  for (uint64_t i = 0; i < count; ++i) {
    SRASTA_TRY_ASSIGN(const std::string token, issuer.make_token(grant(i, now)));
    lines += token + "\n";
  }
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = argc == 4 ? srasta::base::parse_u64(argv[3]) : std::nullopt;
  if (!count) {
    fmt::print(stderr, "usage: mint_tokens KEY.pem ISSUER COUNT\n");
    return 2;
  }
  const auto lines = mint(argv[1], argv[2], *count);
  if (!lines) {
    fmt::print(stderr, "mint_tokens: {}\n", lines.error().message);
    return 1;
  }
  fmt::print("{}", *lines);
  return 0;
}
