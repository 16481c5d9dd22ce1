#include "witness/folder.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::witness {
namespace {

using base::Code;
using base::make_error;
using base::Result;

constexpr uint64_t kMostKeyFileBytes = 1024;
constexpr uint64_t kMostLogFileBytes = uint64_t{64} << 10;
constexpr size_t kMostNameBytes = 200;
constexpr std::string_view kHashed = "%sha256-";
constexpr std::string_view kDraft = ".new";

base::Error damaged_key(const std::string& path) {
  return make_error(Code::Corrupt, path + " is damaged; restore it from a backup");
}

/// A state from a backup would be older than what was cosigned: there is no remedy to name here.
base::Error damaged_state(const std::string& path, std::string_view what) {
  return make_error(
      Code::Corrupt,
      fmt::format("{} {}; see \"When something is lost\" in docs/witness.md", path, what));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<bool> exists(base::FileSystem& files, const std::string& path) {
  const auto found = files.identity(path);
  if (found) return true;
  if (found.error().code == Code::NotFound) return false;
  return found.error();
}

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

/// The keys in one file of `logs`.
Result<void> read_log_keys(std::string_view text, const std::string& path,
                           std::vector<tlog::VerifierKey>& out) {
  for (unsigned line_number = 1; !text.empty(); ++line_number) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    auto key = tlog::VerifierKey::parse(line);
    Result<void> fits = key ? check_log_key(*key) : Result<void>(key.error());
    if (!fits) {
      return make_error(Code::Invalid,
                        fmt::format("{}:{}: {}", path, line_number, fits.error().message));
    }
    if (std::ranges::find(out, *key) == out.end()) out.push_back(*std::move(key));
  }
  return {};
}

}  // namespace

std::string file_name_of(std::string_view origin) {
  std::string name;
  for (const char c : origin) {
    // A leading dot would hide the file.
    const bool plain = is_plain(c) && (c != '.' || !name.empty());
    if (plain) {
      name += c;
    } else {
      name.append("%").append(base::to_hex(std::string_view(&c, 1)));
    }
  }
  if (name.size() <= kMostNameBytes && !name.ends_with(kDraft)) return name;
  return std::string(kHashed) + base::to_hex(crypto::bytes_of(crypto::sha256(origin)));
}

Result<void> check_log_key(const tlog::VerifierKey& key) {
  if (key.type() != tlog::SignatureType::Ed25519) {
    return make_error(Code::Invalid, "this is the key of a witness, not of a log");
  }
  if (!tlog::is_origin(key.name())) {
    return make_error(Code::Invalid, "the name of the key cannot be the origin of a log");
  }
  return {};
}

Result<void> Folder::lock() {
  for (const char* name : {"", "/logs", "/state"}) SRASTA_TRY(files_.make_folder(path_ + name));
  const std::string path = path_ + "/LOCK";
  SRASTA_TRY_ASSIGN(lock_, files_.open(path, base::OpenMode::ReadWrite));
  if (auto locked = lock_->lock(); !locked) {
    lock_.reset();
    if (locked.error().code != Code::Conflict) return locked;
    return make_error(Code::Conflict,
                      fmt::format("another witness runs on {}; two of one key could cosign two "
                                  "histories of one log",
                                  path_));
  }
  SRASTA_TRY_ASSIGN(locked_, lock_->identity());
  // The names above must outlive a power cut no less than what is written below them.
  SRASTA_TRY(files_.sync_folder(path_));
  return files_.sync_folder(folder_of(path_));
}

Result<tlog::SignerKey> Folder::make_key(const std::string& path, const std::string& name) {
  SRASTA_TRY_ASSIGN(const auto state, files_.list(path_ + "/state"));
  if (!state.empty()) {
    return make_error(Code::Corrupt, path +
                                         " is missing although this witness has cosigned; "
                                         "restore it from a backup");
  }
  SRASTA_TRY_ASSIGN(auto secret, crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  SRASTA_TRY_ASSIGN(
      auto key, tlog::SignerKey::make(name, tlog::SignatureType::CosignatureV1, std::move(secret)));
  const base::Secret text = key.to_text();
  std::string line(text.expose());
  line += '\n';
  const auto written = base::write_file_atomic(files_, path, line);
  base::wipe(line);
  if (!written) return written.error();
  return key;
}

Result<tlog::SignerKey> Folder::open_key(const std::string& name,
                                         const std::string& fallback_name) {
  const std::string path = path_ + "/witness.key";
  SRASTA_TRY_ASSIGN(const bool present, exists(files_, path));
  if (!present) SRASTA_TRY(make_key(path, name.empty() ? fallback_name : name));
  SRASTA_TRY_ASSIGN(std::string text, base::read_file(files_, path, kMostKeyFileBytes));
  if (text.ends_with('\n')) text.pop_back();
  auto key = tlog::SignerKey::parse(base::Secret(std::move(text)));
  if (!key || key->type() != tlog::SignatureType::CosignatureV1) return damaged_key(path);
  if (!name.empty() && name != key->name()) {
    return make_error(Code::Invalid, fmt::format("--name: the key in {} has the name {}; its name "
                                                 "is part of every cosignature",
                                                 path, key->name()));
  }
  SRASTA_TRY(
      base::write_file_atomic(files_, path_ + "/witness.pub", key->verifier().to_text() + "\n"));
  return key;
}

Result<std::vector<tlog::VerifierKey>> Folder::logs() {
  const std::string folder = path_ + "/logs";
  SRASTA_TRY_ASSIGN(const auto names, files_.list(folder));
  std::vector<tlog::VerifierKey> keys;
  for (const std::string& name : names) {
    if (name.starts_with('.') || name.ends_with(kDraft)) continue;
    const std::string path = folder + "/" + name;
    SRASTA_TRY_ASSIGN(const std::string text, base::read_file(files_, path, kMostLogFileBytes));
    SRASTA_TRY(read_log_keys(text, path, keys));
  }
  return keys;
}

Result<void> Folder::add_log(const tlog::VerifierKey& key) {
  SRASTA_TRY(check_log_key(key));
  SRASTA_TRY_ASSIGN(const auto known, logs());
  if (std::ranges::find(known, key) != known.end()) return {};
  std::string text;
  for (const tlog::VerifierKey& other : known) {
    if (other.name() == key.name()) text += other.to_text() + "\n";
  }
  return base::write_file_atomic(files_, path_ + "/logs/" + file_name_of(key.name()),
                                 text + key.to_text() + "\n");
}

Result<std::optional<tlog::Checkpoint>> Folder::load(const std::string& origin,
                                                     const tlog::VerifierKey& own) {
  const std::string path = path_ + "/state/" + file_name_of(origin);
  const auto bytes = base::read_file(files_, path, tlog::kMostNoteBytes);
  if (!bytes && bytes.error().code == Code::NotFound) return std::optional<tlog::Checkpoint>();
  if (!bytes) return bytes.error();
  const auto note = tlog::parse_note(*bytes);
  if (!note) return damaged_state(path, "is damaged");
  auto checkpoint = tlog::parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->origin != origin) {
    return damaged_state(path, "is of another log");
  }
  const auto cosigned = tlog::verify_note(*note, std::array{own});
  if (!cosigned) return damaged_state(path, "was not cosigned with witness.key");
  return std::optional(*std::move(checkpoint));
}

Result<void> Folder::check_lock() {
  const auto now = files_.identity(path_ + "/LOCK");
  if (now && now->device == locked_.device && now->inode == locked_.inode) return {};
  return make_error(Code::Conflict,
                    path_ + " was replaced, or its LOCK removed, while this witness used it");
}

Result<void> Folder::store(const std::string& origin, const tlog::Note& note) {
  SRASTA_TRY(check_lock());
  return base::write_file_atomic(files_, path_ + "/state/" + file_name_of(origin),
                                 tlog::write_note(note));
}

}  // namespace srasta::witness
