#include "audit/epoch_keys.h"

#include "audit/epoch.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr uint64_t kMostKeyFileBytes = 1024;

base::Error damaged(const std::string& path) {
  return base::make_error(base::Code::Corrupt, path + " is damaged");
}

/// A file of one line.
base::Result<std::string> read_line(base::FileSystem& files, const std::string& path) {
  SRASTA_TRY_ASSIGN(std::string text, base::read_file(files, path, kMostKeyFileBytes));
  if (!text.ends_with('\n')) return damaged(path);
  text.pop_back();
  return text;
}

}  // namespace

base::Result<tlog::SignerKey> EpochKeys::make(uint64_t epoch) const {
  SRASTA_TRY_ASSIGN(auto secret, crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  SRASTA_TRY_ASSIGN(
      auto key, tlog::SignerKey::make(epoch_key_name(origin_, epoch), tlog::SignatureType::Ed25519,
                                      std::move(secret)));
  const base::Secret text = key.to_text();
  SRASTA_TRY(base::write_file_atomic(*files_, path_of(epoch_private_file(epoch)),
                                     std::string(text.expose()) + "\n"));
  SRASTA_TRY(base::write_file_atomic(*files_, path_of(epoch_public_file(epoch)),
                                     key.verifier().to_text() + "\n"));
  return key;
}

base::Result<tlog::SignerKey> EpochKeys::load(uint64_t epoch) const {
  const std::string path = path_of(epoch_private_file(epoch));
  SRASTA_TRY_ASSIGN(std::string text, read_line(*files_, path));
  auto key = tlog::SignerKey::parse(base::Secret(std::move(text)));
  if (!key) return damaged(path);
  SRASTA_TRY_ASSIGN(const auto known, load_public(epoch));
  if (key->verifier() != known) return damaged(path);
  return key;
}

base::Result<tlog::VerifierKey> EpochKeys::load_public(uint64_t epoch) const {
  const std::string path = path_of(epoch_public_file(epoch));
  SRASTA_TRY_ASSIGN(const std::string text, read_line(*files_, path));
  auto key = tlog::VerifierKey::parse(text);
  if (!key || key->name() != epoch_key_name(origin_, epoch) ||
      key->type() != tlog::SignatureType::Ed25519) {
    return damaged(path);
  }
  return key;
}

base::Result<void> EpochKeys::destroy(uint64_t epoch) const {
  const std::string path = path_of(epoch_private_file(epoch));
  auto file = files_->open(path, base::OpenMode::ReadWrite);
  if (!file && file.error().code == base::Code::NotFound) return {};
  if (!file) return std::move(file).error();
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, (*file)->identity());
  SRASTA_TRY((*file)->truncate(0));
  SRASTA_TRY((*file)->append(std::string(std::min(identity.size, kMostKeyFileBytes), '\0')));
  SRASTA_TRY((*file)->sync());
  SRASTA_TRY(files_->remove(path));
  return files_->sync_folder(folder_);
}

crypto::Digest key_bytes(const tlog::VerifierKey& key) {
  crypto::Digest bytes{};
  std::ranges::copy(key.public_key(), bytes.begin());
  return bytes;
}

}  // namespace srasta::audit
