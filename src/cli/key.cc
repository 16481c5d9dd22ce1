#include "cli/key.h"

#include "base/encoding.h"
#include "base/entropy.h"
#include "cli/exit_code.h"
#include "crypto/hash.h"
#include "identity/api_key.h"

#include <cstdio>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr size_t kSecretBytes = 32;

std::string new_id(base::Entropy& entropy) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id;
  for (const char byte : base::random_bytes(entropy, identity::kApiKeyIdCharacters)) {
    id += kAlphabet[static_cast<uint8_t>(byte) % kAlphabet.size()];
  }
  return id;
}

void print_new_key() {
  base::SystemEntropy entropy;
  const std::string id = new_id(entropy);
  const std::string secret = base::to_base64url(base::random_bytes(entropy, kSecretBytes));
  const std::string digest = base::to_hex(crypto::bytes_of(crypto::sha256(secret)));
  fmt::print("{}{}-{}\n", identity::kApiKeyPrefix, id, secret);
  fmt::print(stderr,
             "srasta: the key is shown this once. Its entry for srasta.yaml:\n"
             "access:\n"
             "  keys:\n"
             "    - id: \"{}\"\n"
             "      secret_sha256: \"{}\"\n"
             "      subject: NAME\n"
             "      tenant: TENANT\n"
             "      roles: [service]\n"
             "      expires: \"YYYY-MM-DDT00:00:00Z\"\n"
             "Then: srasta access apply --config FILE\n",
             id, digest);
}

}  // namespace

void add_key(Command root) {
  const Command noun = root.add_subcommand("key", "API keys of services");
  noun.require_subcommand();
  const Command command = noun.add_subcommand("new", "Make a key and its configuration entry");
  command.set_footer(
      "Prints the key to standard output, and to standard error what belongs into srasta.yaml: "
      "the\n"
      "configuration holds the key's SHA-256 only. Changes nothing.\n\n"
      "Example:\n"
      "  srasta key new > key.txt");
  command.set_action([] {
    print_new_key();
    return kOk;
  });
}

}  // namespace srasta::cli
