// Question: does any text crash the token verifier, or pass it without the provider's signature?
#include "identity/token_verifier.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace identity = srasta::identity;
  static const auto keys = identity::KeySet::parse(R"({"keys":[
      {"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
      {"kty":"OKP","crv":"Ed25519","kid":"e",
       "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  static const identity::TokenVerifier verifier({.claims = {.issuer = "i", .audiences = {"a"}}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (verifier.verify(text, *keys, srasta::base::WallTime{})) std::abort();
  return 0;
}
