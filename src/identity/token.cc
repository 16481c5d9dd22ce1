#include "identity/token.h"

#include "base/encoding.h"
#include "json/scanner.h"

#include <array>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<TokenFault>;

struct Segment3 {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

std::expected<Segment3, TokenFault> split(std::string_view compact) {
  if (compact.size() > kMaxTokenBytes) return Unexpected(TokenFault::TokenTooLarge);
  std::array<size_t, 4> dots{};
  size_t count = 0;
  for (size_t at = compact.find('.'); at != std::string_view::npos;
       at = compact.find('.', at + 1)) {
    if (count == dots.size()) return Unexpected(TokenFault::Segments);
    dots[count++] = at;
  }
  if (count == 4) return Unexpected(TokenFault::JweUnsupported);
  if (count != 2 || dots[1] + 1 == compact.size()) return Unexpected(TokenFault::Segments);
  return Segment3{compact.substr(0, dots[0]), compact.substr(dots[0] + 1, dots[1] - dots[0] - 1),
                  compact.substr(dots[1] + 1)};
}

TokenFault fault_of(std::string_view json_fault, TokenFault syntax) {
  if (json_fault == to_string(json::Fault::Utf8)) return TokenFault::Utf8;
  if (json_fault == to_string(json::Fault::Depth)) return TokenFault::JsonDepth;
  if (json_fault == to_string(json::Fault::DuplicateKey)) return TokenFault::DuplicateKey;
  return syntax;
}

/// RFC 7515 section 4.1.9: compared without case, "application/" may be left out.
std::string type_of(std::string_view typ) {
  std::string name = base::to_lower(typ);
  constexpr std::string_view kPrefix = "application/";
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  return name;
}

struct Header {
  std::string algorithm;
  std::string type;
  std::optional<std::string> kid;
};

std::expected<Header, TokenFault> read_header(std::string_view text) {
  const auto scan = json::scan_object(text, {.depth = kMaxTokenDepth, .unique_everywhere = true});
  if (!scan.ok()) return Unexpected(fault_of(to_string(scan.fault), TokenFault::HeaderJson));

  // No extension is understood, so a token that insists on one cannot be.
  if (scan.object.find("crit") != nullptr) return Unexpected(TokenFault::Crit);
  std::string type;
  if (const auto* typ = scan.object.find("typ")) {
    type = type_of(string_value(*typ).value_or(""));
    if (type != "jwt" && type != "at+jwt") return Unexpected(TokenFault::Typ);
  }
  const auto* alg = scan.object.find("alg");
  const auto algorithm = alg == nullptr ? std::nullopt : string_value(*alg);
  if (!algorithm) return Unexpected(TokenFault::Alg);

  Header header{.algorithm = *algorithm, .type = std::move(type), .kid = std::nullopt};
  if (const auto* kid = scan.object.find("kid")) {
    header.kid = string_value(*kid);
    if (!header.kid) return Unexpected(TokenFault::UnknownKid);
  }
  return header;
}

}  // namespace

std::optional<std::string_view> UnverifiedToken::issuer() const {
  const auto iss = payload.root().find("iss");
  return iss ? iss->string() : std::nullopt;
}

std::expected<UnverifiedToken, TokenFault> parse_token(std::string_view compact) {
  const auto segments = split(compact);
  if (!segments) return Unexpected(segments.error());

  // The header first: it may say that the payload is not what is expected here (RFC 7797).
  const auto header_text = base::from_base64url(segments->header);
  if (!header_text) return Unexpected(TokenFault::Base64url);
  auto header = read_header(*header_text);
  if (!header) return Unexpected(header.error());
  const auto payload_text = base::from_base64url(segments->payload);
  auto signature = base::from_base64url(segments->signature);
  if (!payload_text || !signature) return Unexpected(TokenFault::Base64url);
  auto payload = json::Document::parse(*payload_text, kMaxTokenDepth);
  if (!payload) return Unexpected(fault_of(payload.error().detail, TokenFault::PayloadJson));

  const auto signed_size = static_cast<size_t>(segments->signature.data() - compact.data()) - 1;
  return UnverifiedToken{.signing_input = compact.substr(0, signed_size),
                         .signature = *std::move(signature),
                         .algorithm = std::move(header->algorithm),
                         .type = std::move(header->type),
                         .kid = std::move(header->kid),
                         .payload = *std::move(payload)};
}

}  // namespace srasta::identity
