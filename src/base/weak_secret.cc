#include "base/weak_secret.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace srasta::base {
namespace {

// The second line: what engines' own pages tell clients to send, and stores' default passwords.
constexpr auto kKnown = std::to_array<std::string_view>(
    {"secret", "password", "changeme", "change-me", "test", "admin", "srasta",  //
     "empty", "none", "token-abc123", "sk-no-key-required", "minioadmin", "postgres"});

}  // namespace

std::span<const std::string_view> known_secrets() {
  return kKnown;
}

bool is_weak_secret(std::string_view secret) {
  return std::ranges::all_of(secret, [&](char c) { return c == secret.front(); }) ||
         std::ranges::any_of(
             kKnown, [&](std::string_view word) { return equal_ignoring_case(word, secret); });
}

}  // namespace srasta::base
