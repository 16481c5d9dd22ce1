// Question: can the bytes of a snapshot that has the right authentication, as a defective writer
// would make them, lead the reader out of its bounds?
#include "access/principal.h"
#include "access/snapshot.h"
#include "crypto/hash.h"
#include "input.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace access = srasta::access;
  using srasta::fuzz::require;
  constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
  std::string bytes(srasta::fuzz::text_of(data, size));
  require(!access::AccessSnapshot::open(bytes, kKey).ok());
  bytes += srasta::crypto::bytes_of(srasta::crypto::hmac_sha256(kKey, bytes));
  const auto snapshot = access::AccessSnapshot::open(bytes, kKey);
  if (!snapshot) return 0;
  (void)(*snapshot)->key("mmmmmmmmmmmm");
  (void)(*snapshot)->user(access::principal_bytes("local", "acme", "u-1"));
  (void)(*snapshot)->models_of({srasta::base::RoleName("user")});
  (void)(*snapshot)->persona("reader");
  require((*snapshot)->users() * 24 + (*snapshot)->keys() * 20 <= bytes.size());
  return 0;
}
