#include "cli/installation.h"

#include "access/snapshot_file.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "base/ulid.h"
#include "base/weak_secret.h"
#include "crypto/signature.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr uint64_t kLargestKey = 16 * 1024;
constexpr size_t kSymmetricKeyBytes = 32;
constexpr mode_t kPermissions = 07777;

base::Error path_error(std::string_view operation, const std::string& path) {
  base::Error error = base::errno_error(fmt::format("{} {}", operation, path), errno);
  if (errno == ENOENT) error.code = Code::NotFound;
  return error;
}

base::Result<struct stat> status_of(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return path_error("look at", path);
  return status;
}

base::Result<void> check_owner(const std::string& path, const struct stat& status, uid_t owner) {
  if (status.st_uid == owner) return {};
  return make_error(
      Code::Denied,
      fmt::format("{} belongs to user id {}, expected {}; if that is right: chown {} {}", path,
                  status.st_uid, owner, owner, path));
}

base::Result<void> check_mode(const std::string& path, const struct stat& status, mode_t forbidden,
                              std::string_view remedy) {
  if ((status.st_mode & forbidden) == 0) return {};
  return make_error(Code::Denied, fmt::format("{} has mode {:04o}; chmod {} {}", path,
                                              status.st_mode & kPermissions, remedy, path));
}

base::Result<base::Secret> read_issuer_key(base::FileSystem& files, const std::string& path) {
  SRASTA_TRY_ASSIGN(base::Secret pem, read_private_file(files, path));
  const auto key = crypto::PrivateKey::from_pem(pem);
  if (!key || key->type() != crypto::KeyType::EcP256) {
    return make_error(
        Code::Corrupt,
        path + " holds no P-256 private key; restore it from a backup (srasta backup restore)");
  }
  return pem;
}

base::Result<base::Secret> read_symmetric_key(base::FileSystem& files, const std::string& path) {
  SRASTA_TRY_ASSIGN(base::Secret key, read_private_file(files, path));
  auto bytes = base::from_hex(key.expose());
  if (key.expose().size() != 2 * kSymmetricKeyBytes || !bytes) {
    return make_error(Code::Corrupt, path + " is damaged; remove it, and a new one is made");
  }
  const bool weak = base::is_weak_secret(*bytes);
  base::wipe(*bytes);
  if (!weak) return key;
  return make_error(Code::Corrupt,
                    path + " is one byte repeated; remove it, and a new one is made");
}

/// Creates a folder with mode 0700; whether it was missing.
base::Result<bool> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  if (errno == EEXIST) return false;
  return path_error("create folder", path);
}

/// Serializes two first starts, which would both make a key.
base::Result<base::Descriptor> lock_folder(const std::string& path) {
  base::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open() || ::flock(folder.get(), LOCK_EX) != 0) return path_error("lock", path);
  return folder;
}

}  // namespace

base::Result<base::Secret> read_private_file(base::FileSystem& files, const std::string& path) {
  SRASTA_TRY_ASSIGN(const struct stat status, status_of(path));
  if (!S_ISREG(status.st_mode)) return make_error(Code::Denied, path + " is not a regular file");
  SRASTA_TRY(check_owner(path, status, ::geteuid()));
  SRASTA_TRY(check_mode(path, status, S_IRWXG | S_IRWXO, "0600"));
  SRASTA_TRY_ASSIGN(std::string content, base::read_file(files, path, kLargestKey));
  return base::Secret(std::move(content));
}

base::Result<void> check_folder(const std::string& path, uid_t owner, bool closed) {
  SRASTA_TRY_ASSIGN(const struct stat status, status_of(path));
  if (!S_ISDIR(status.st_mode)) return make_error(Code::Denied, path + " is not a folder");
  SRASTA_TRY(check_owner(path, status, owner));
  const mode_t forbidden = closed ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
  return check_mode(path, status, forbidden, "0700");
}

Installation::Installation(std::string folder, std::optional<process::User> services)
    : folder_(std::move(folder)), services_(std::move(services)) {}

base::Result<void> Installation::open_folder() {
  const size_t slash = folder_.rfind('/');
  if (slash != 0 && slash != std::string::npos) {
    SRASTA_TRY(files_.make_folder(folder_.substr(0, slash)));
  }
  SRASTA_TRY_ASSIGN(const bool made, make_folder(folder_));
  if (made && services_ && ::lchown(folder_.c_str(), services_->id, services_->group) != 0) {
    return path_error("chown", folder_);
  }
  return check_folder(folder_, services_ ? services_->id : ::geteuid(), false);
}

base::Result<Installation::Keys> Installation::open_keys() {
  SRASTA_TRY(open_folder());
  const std::string keys = folder_ + "/keys";
  SRASTA_TRY(make_folder(keys));
  SRASTA_TRY(check_folder(keys, ::geteuid(), true));
  SRASTA_TRY_ASSIGN(const base::Descriptor locked, lock_folder(keys));
  const std::string path = keys + "/issuer.pem";
  const auto present = files_.identity(path);
  if (!present && present.error().code == Code::NotFound) SRASTA_TRY(make_issuer_key(path));
  SRASTA_TRY_ASSIGN(base::Secret issuer, read_issuer_key(files_, path));
  SRASTA_TRY_ASSIGN(base::Secret access, open_access_key(keys + "/access.key"));
  SRASTA_TRY(make_symmetric_key(keys + "/admin.key"));
  SRASTA_TRY_ASSIGN(base::Secret admin, read_symmetric_key(files_, keys + "/admin.key"));
  SRASTA_TRY_ASSIGN(base::Secret log, open_log_key(keys + "/log.pem"));
  SRASTA_TRY_ASSIGN(base::Secret policy, open_policy_key(keys + "/policy.pem"));
  return Keys{std::move(issuer), std::move(access), std::move(admin), std::move(log),
              std::move(policy)};
}

/// One that vanished is made anew: what it signed has to be signed again.
base::Result<base::Secret> Installation::open_policy_key(const std::string& path) {
  const auto present = files_.identity(path);
  if (!present && present.error().code == Code::NotFound) {
    SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
    SRASTA_TRY(base::write_file_atomic(files_, path, key.to_pem().expose()));
  }
  SRASTA_TRY_ASSIGN(base::Secret pem, read_private_file(files_, path));
  const auto key = crypto::PrivateKey::from_pem(pem);
  if (key && key->type() == crypto::KeyType::Ed25519) return pem;
  return make_error(
      Code::Corrupt,
      path + " holds no Ed25519 private key; restore it from a backup (srasta backup restore)");
}

base::Result<base::Secret> Installation::open_log_key(const std::string& path) {
  const auto present = files_.identity(path);
  if (!present && present.error().code == Code::NotFound) {
    if (files_.identity(folder_ + "/audit/keys/log.pub").ok()) {
      return make_error(
          Code::Corrupt,
          fmt::format(
              "{} is missing although {}/audit/keys/log.pub exists; restore "
              "it from a backup (srasta backup restore; what a new key signs is not believed by "
              "those who know the old one)",
              path, folder_));
    }
    SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
    SRASTA_TRY(base::write_file_atomic(files_, path, key.to_pem().expose()));
  }
  SRASTA_TRY_ASSIGN(base::Secret pem, read_private_file(files_, path));
  const auto key = crypto::PrivateKey::from_pem(pem);
  if (!key || key->type() != crypto::KeyType::Ed25519) {
    return make_error(
        Code::Corrupt,
        path + " holds no Ed25519 private key; restore it from a backup (srasta backup restore)");
  }
  return pem;
}

base::Result<bool> Installation::make_symmetric_key(const std::string& path) {
  const auto present = files_.identity(path);
  if (present || present.error().code != Code::NotFound) return false;
  base::SystemEntropy entropy;
  const base::Secret fresh(base::to_hex(base::random_bytes(entropy, kSymmetricKeyBytes)));
  SRASTA_TRY(base::write_file_atomic(files_, path, fresh.expose()));
  return true;
}

base::Result<base::Secret> Installation::open_access_key(const std::string& path) {
  SRASTA_TRY_ASSIGN(const bool made, make_symmetric_key(path));
  if (made) {
    // What the vanished key authenticated cannot be read any more.
    const auto removed = files_.remove(access::SnapshotFiles(folder_).snapshot);
    if (!removed && removed.error().code != Code::NotFound) return removed.error();
  }
  return read_symmetric_key(files_, path);
}

base::Result<void> Installation::make_issuer_key(const std::string& path) {
  if (files_.identity(folder_ + "/install.id").ok()) {
    return make_error(
        Code::Corrupt,
        fmt::format(
            "{} is missing although {}/install.id exists; restore it from a "
            "backup (srasta backup restore; a new key would void every token: to want that, remove "
            "install.id)",
            path, folder_));
  }
  SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::generate(crypto::KeyType::EcP256));
  const base::Secret pem = key.to_pem();
  return base::write_file_atomic(files_, path, pem.expose());
}

base::Result<void> Installation::open_state() {
  for (const char* name : {"/run", "/audit", "/access", "/admin", "/gateway"}) {
    SRASTA_TRY(make_folder(folder_ + name));
    SRASTA_TRY(check_folder(folder_ + name, ::geteuid(), false));
  }
  const std::string path = folder_ + "/install.id";
  if (files_.identity(path).ok()) return {};
  base::SystemEntropy entropy;
  const std::string id = base::make_ulid(base::SystemClock().wall(), entropy);
  return base::write_file_atomic(files_, path, id + "\n");
}

base::Result<std::unique_ptr<base::File>> Installation::lock() {
  const std::string path = folder_ + "/run/up.lock";
  SRASTA_TRY_ASSIGN(auto file, files_.open(path, base::OpenMode::ReadWrite));
  if (auto locked = file->lock(); !locked) {
    if (locked.error().code != Code::Conflict) return std::move(locked).error();
    return make_error(Code::Conflict,
                      fmt::format("another `srasta up` runs on {}; stop it, or choose another "
                                  "folder with --data",
                                  folder_));
  }
  return file;
}

base::Result<base::Secret> load_issuer_key(const std::string& data_folder) {
  base::PosixFileSystem files;
  return read_issuer_key(files, data_folder + "/keys/issuer.pem");
}

base::Result<base::Secret> load_policy_key(const std::string& data_folder) {
  base::PosixFileSystem files;
  return read_private_file(files, data_folder + "/keys/policy.pem");
}

base::Result<base::Secret> load_access_key(const std::string& data_folder) {
  base::PosixFileSystem files;
  return read_symmetric_key(files, data_folder + "/keys/access.key");
}

base::Result<std::string> load_gateway_url(const std::string& data_folder) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(std::string url,
                    base::read_file(files, data_folder + "/run/gateway.url", 1024));
  while (url.ends_with('\n')) url.pop_back();
  return url;
}

std::string configured_url(const config::Config& config) {
  if (!config.public_url.empty()) return config.public_url;
  if (config.listen.port == 0) return {};
  const bool tls = config.tls.mode != config::TlsMode::None;
  return fmt::format("{}://{}", tls ? "https" : "http", config.listen.text());
}

}  // namespace srasta::cli
