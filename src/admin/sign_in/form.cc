#include "admin/sign_in/form.h"

#include "base/encoding.h"
#include "http/query.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::admin {
namespace {

constexpr std::string_view kConsole = "/console/";
constexpr std::array<std::string_view, 3> kReturns = {kConsole, "/auth/authorize?",
                                                      "/auth/account"};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

/// What a path and its query are written with.
bool is_of_url(char c) {
  return is_plain(c) || std::string_view("/?&=%+:@!$'()*,;").contains(c);
}

std::optional<std::string> from_base64(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return base::from_base64url(text);
}

}  // namespace

Form::Form(std::string_view encoded) : values_(http::parse_query(encoded)) {}

const std::string* Form::find(std::string_view name) const {
  if (!values_) return nullptr;
  for (const auto& [each, value] : *values_) {
    if (each == name) return &value;
  }
  return nullptr;
}

std::string_view Form::get(std::string_view name) const {
  const std::string* const value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool Form::has(std::string_view name) const {
  return find(name) != nullptr;
}

std::string query_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::pair<std::string, std::string>> basic_credentials(
    std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size() ||
      !base::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  const auto pair = from_base64(std::string(authorization.substr(kScheme.size())));
  if (!pair || !pair->contains(':')) return std::nullopt;
  const size_t colon = pair->find(':');
  auto id = http::form_decoded(std::string_view(*pair).substr(0, colon));
  auto secret = http::form_decoded(std::string_view(*pair).substr(colon + 1));
  if (!id || !secret) return std::nullopt;
  return std::pair(*std::move(id), *std::move(secret));
}

std::string safe_return(std::string_view wanted) {
  const bool listed = std::ranges::any_of(
      kReturns, [&](std::string_view prefix) { return wanted.starts_with(prefix); });
  const bool dotted = wanted.substr(0, wanted.find('?')).contains("..");
  const bool good = listed && !dotted && std::ranges::all_of(wanted, is_of_url);
  return std::string(good ? wanted : kConsole);
}

}  // namespace srasta::admin
