#include "tools/cursor.h"

#include "base/encoding.h"
#include "crypto/hash.h"

namespace srasta::tools {
namespace {

constexpr size_t kSealBytes = 16;

}  // namespace

std::string Cursors::seal(std::string_view scope, std::string_view position) const {
  std::string message = std::to_string(scope.size()) + ":";
  message.append(scope).append(position);
  const crypto::Digest mac = crypto::hmac_sha256(key_.expose(), message);
  return std::string(crypto::bytes_of(mac).substr(0, kSealBytes));
}

std::string Cursors::make(std::string_view scope, std::string_view position) const {
  return base::to_base64url(seal(scope, position).append(position));
}

std::optional<std::string> Cursors::read(std::string_view scope, std::string_view cursor) const {
  const auto bytes = base::from_base64url(cursor);
  if (!bytes || bytes->size() <= kSealBytes) return std::nullopt;
  const std::string_view position = std::string_view(*bytes).substr(kSealBytes);
  if (!base::equal_constant_time(std::string_view(*bytes).substr(0, kSealBytes),
                                 seal(scope, position))) {
    return std::nullopt;
  }
  return std::string(position);
}

}  // namespace srasta::tools
