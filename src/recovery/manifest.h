#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "recovery/inventory.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::recovery {

/// What a backup set says of itself (docs/formats/backup-set.md).
struct Manifest {
  struct Component {
    Part part = Part::Canary;
    uint64_t files = 0;
    uint64_t bytes = 0;  ///< of the archive before it was encrypted
    crypto::Digest plain{};
    uint64_t stored = 0;  ///< bytes of the encrypted file
    crypto::Digest cipher{};

    [[nodiscard]] std::string file() const;
  };
  /// A stream of the ledger at the barrier.
  struct Stream {
    uint64_t records = 0;
    crypto::Digest head{};  ///< leaf of the last of them
    std::string how;        ///< "held", "at_rest" or "running"
  };
  /// Of a database: its version and how many rows its tables have.
  struct Database {
    int64_t version = 0;
    std::map<std::string, int64_t> rows;
  };

  std::string id;
  std::string install_id;
  std::string created;  ///< UTC, as records have times
  std::string release;
  std::string log_key;    ///< verifier key, named by the install id: signs this
  std::string recipient;  ///< of age: whose identity opens the components
  uint64_t frozen_us = 0;
  std::map<std::string, Stream> streams;
  std::map<std::string, Database> databases;  ///< by path
  std::vector<Component> components;
  std::map<std::string, std::string> left_out;
};

inline constexpr int64_t kManifestSchema = 1;
inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kSignatureFile = "manifest.note";
inline constexpr uint64_t kMostManifestBytes = 900'000;

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// Unsupported for a newer schema, Corrupt for anything else that is no manifest.
[[nodiscard]] base::Result<Manifest> parse_manifest(std::string_view json);

/// The note (C2SP signed-note) over the digest of a manifest. Its first line is that of no
/// checkpoint, and its key's name is that of no stream, so neither can be taken for the other.
[[nodiscard]] base::Result<std::string> sign_manifest(std::string_view json,
                                                      const Manifest& manifest,
                                                      const tlog::SignerKey& key);
/// Whether one of `trusted` signed exactly this manifest. Unauthenticated, Corrupt.
[[nodiscard]] base::Result<void> check_signature(std::string_view json, const Manifest& manifest,
                                                 std::string_view note,
                                                 std::span<const tlog::VerifierKey> trusted);

/// 26 letters and digits, as all ids of sets have.
[[nodiscard]] bool is_set_id(std::string_view text);

}  // namespace srasta::recovery
