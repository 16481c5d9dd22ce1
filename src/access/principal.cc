#include "access/principal.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <string>

namespace srasta::access {

PrincipalBytes principal_bytes(std::string_view issuer, std::string_view tenant,
                               std::string_view subject) {
  std::string text;
  for (const std::string_view part : {issuer, tenant, subject}) {
    text.append(std::to_string(part.size())).append(":").append(part);
  }
  const crypto::Digest digest = crypto::sha256(text);
  PrincipalBytes bytes{};
  std::ranges::copy(crypto::bytes_of(digest).substr(0, bytes.size()), bytes.begin());
  return bytes;
}

base::PrincipalId principal_id(const PrincipalBytes& bytes) {
  return base::PrincipalId("p-" + base::to_hex(view_of(bytes)));
}

}  // namespace srasta::access
