// Question: does a signed payload pass only with the issuer, audience, subject and times that
// simdjson reads in it, and can a mapping give a tenant that its issuer may not speak for?
#include "identity/claim_mapping.h"
#include "identity/claims.h"
#include "input.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

namespace {

using srasta::fuzz::require;
namespace base = srasta::base;
namespace identity = srasta::identity;

constexpr int64_t kNow = 1'800'000'000;

void check_mapping(srasta::json::Value claims) {
  static const std::set<base::TenantId> allowed = {base::TenantId("acme"), base::TenantId("b")};
  static const identity::ClaimMapping mapping({.tenant = {.allowed = allowed}});
  const auto mapped = mapping.apply(claims);
  if (!mapped) return;
  require(allowed.contains(mapped->tenant) && mapped->roles.size() <= identity::kMaxRoleValues);
  auto roles = mapped->roles;
  std::ranges::sort(roles);
  require(std::ranges::adjacent_find(roles) == roles.end());
}

void compare_with_simdjson(std::string_view text, const identity::Claims& claims) {
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return;
  require(error == simdjson::SUCCESS && root["iss"].get_string().value() == "i");
  require(root["sub"].get_string().value() == claims.subject);
  require(root["exp"].get_int64().value() == claims.expires);
  simdjson::dom::array list;
  bool for_us = false;
  if (root["aud"].get(list) == simdjson::SUCCESS) {
    for (const simdjson::dom::element one : list) {
      std::string_view audience;
      for_us = for_us || (one.get(audience) == simdjson::SUCCESS && audience == "a");
    }
  } else {
    for_us = root["aud"].get_string().value() == "a";
  }
  require(for_us);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  auto payload = srasta::json::Document::parse(text);
  if (!payload.ok()) return 0;
  check_mapping(payload->root());
  const auto claims =
      identity::check_claims(*std::move(payload), {.issuer = "i", .audiences = {"a"}},
                             base::WallTime(base::Seconds(kNow)));
  if (!claims) return 0;
  require(!claims->subject.empty() && claims->subject.size() <= identity::kMaxClaimBytes);
  require(!identity::has_control_characters(claims->subject));
  require(claims->expires > kNow - 2 * identity::kLeeway.count());
  require(claims->expires <= kNow + (identity::kMaxLifetime + identity::kLeeway).count());
  compare_with_simdjson(text, *claims);
  return 0;
}
