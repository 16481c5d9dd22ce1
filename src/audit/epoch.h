#pragma once

#include "crypto/hash.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// Names of a stream's epochs (docs/formats/audit-log.md, "Keys"). Numbers go to 999,999: one a day
/// for 2,700 years.

inline constexpr uint64_t kMostEpochs = 1'000'000;

/// `<origin>/epoch-000007`: the name that an epoch's key has in signatures.
[[nodiscard]] std::string epoch_key_name(std::string_view origin, uint64_t epoch);
/// Files in the stream's folder.
[[nodiscard]] std::string epoch_public_file(uint64_t epoch);
[[nodiscard]] std::string epoch_private_file(uint64_t epoch);
[[nodiscard]] std::string epoch_end_file(uint64_t epoch);
/// The number of a file named by `epoch_public_file`; nothing for other names.
[[nodiscard]] std::optional<uint64_t> parse_epoch_public_file(std::string_view name);
/// The same for `epoch_end_file`.
[[nodiscard]] std::optional<uint64_t> parse_epoch_end_file(std::string_view name);

/// What a record `log.epoch` says.
struct EpochRecord {
  uint64_t epoch = 0;
  crypto::Digest key{};  ///< its public key
};

/// Of a stored line without LF; nothing when it is no such record.
[[nodiscard]] std::optional<EpochRecord> parse_epoch_record(std::string_view line);

}  // namespace srasta::audit
