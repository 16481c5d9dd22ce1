#include "cli/signing_key.h"

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/signature.h"

namespace srasta::cli {

base::Result<std::string> make_signing_key(const std::string& file) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  SRASTA_TRY_ASSIGN(const auto out, files.open(file, base::OpenMode::CreateNew));
  SRASTA_TRY(out->append(key.to_pem().expose()));
  SRASTA_TRY(out->sync());
  return base::to_base64url(key.public_bytes());
}

}  // namespace srasta::cli
