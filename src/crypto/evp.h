#pragma once

#include <memory>
#include <string>
#include <string_view>

// Private to crypto/: owners of OpenSSL objects, without its headers.
struct evp_pkey_st;

namespace srasta::crypto {

struct PkeyFree {
  void operator()(evp_pkey_st* key) const;
};
using Pkey = std::unique_ptr<evp_pkey_st, PkeyFree>;

/// ECDSA signatures: JOSE writes r||s with fixed width, OpenSSL wants DER. Empty on failure.
[[nodiscard]] std::string ecdsa_to_der(std::string_view raw);
[[nodiscard]] std::string ecdsa_from_der(std::string_view der, size_t width);

}  // namespace srasta::crypto
