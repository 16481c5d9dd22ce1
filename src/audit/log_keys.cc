#include "audit/log_keys.h"

#include <utility>

namespace srasta::audit {

std::vector<tlog::VerifierKey> log_keys_of(const std::string& origin, std::string_view installation,
                                           std::span<const tlog::VerifierKey> known) {
  std::vector<tlog::VerifierKey> keys;
  for (const tlog::VerifierKey& key : known) {
    if (key.type() != tlog::SignatureType::Ed25519) continue;
    if (key.name() != installation && key.name() != origin) continue;
    auto named = tlog::VerifierKey::make(origin, key.type(), key.public_key());
    if (named) keys.push_back(*std::move(named));
  }
  return keys;
}

base::Result<tlog::VerifierKey> read_own_log_key(base::FileSystem& files,
                                                 const std::string& audit_folder) {
  constexpr uint64_t kMostKeyFileBytes = 1024;
  const std::string path = audit_folder + "/keys/log.pub";
  SRASTA_TRY_ASSIGN(const std::string text, base::read_file(files, path, kMostKeyFileBytes));
  if (!text.ends_with('\n')) return base::make_error(base::Code::Invalid, path + " is no key");
  return tlog::VerifierKey::parse(std::string_view(text).substr(0, text.size() - 1));
}

}  // namespace srasta::audit
