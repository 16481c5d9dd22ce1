#pragma once

#include "audit/search.h"
#include "crypto/hash.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::evidence {

/// What the index keeps of one record: where it lies in its segment, and of each member that can be
/// asked for a hash. Hashes only rule records out; what is left is read from the log.
struct Row {
  uint64_t offset = 0;
  int64_t time = 0;  ///< microseconds since 1970
  uint64_t actor = 0;
  uint64_t tenant = 0;
  uint64_t request = 0;
  uint32_t act = 0;
  uint16_t noun = 0;  ///< of the act
  uint8_t outcome = 0;
  /// 1: the line is no record with the number that it should have. No filter rules it out.
  uint8_t damaged = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

inline constexpr size_t kRowsInBlock = 1024;

/// What a block of rows is about, so that most blocks need not be read. Written as it lies in
/// memory: an index belongs to the machine that made it and is made again elsewhere.
struct BlockHead {
  static constexpr size_t kWords = 256;

  uint64_t first_seq = 0;
  int64_t earliest = 0;
  int64_t latest = 0;
  crypto::Digest leaf{};  ///< that the block's last record carries
  uint64_t rows_sum = 0;
  std::array<uint64_t, kWords> keys{};  ///< a Bloom filter over the rows' hashes
  uint64_t head_sum = 0;
};

inline constexpr size_t kBlockBytes = sizeof(BlockHead) + kRowsInBlock * sizeof(Row);

/// The row of a stored line that should have the number `seq`.
[[nodiscard]] Row row_of(std::string_view line, uint64_t seq, uint64_t offset);

/// The bytes of a block of exactly `kRowsInBlock` rows.
[[nodiscard]] std::string encode_block(uint64_t first_seq, const std::vector<Row>& rows,
                                       const crypto::Digest& leaf);
/// Nothing for bytes that `encode_block` did not make for a block that begins with `first_seq`.
[[nodiscard]] std::optional<BlockHead> decode_head(std::string_view bytes, uint64_t first_seq);
/// Whether `bytes` are the rows of that head; then they are put in `rows`.
[[nodiscard]] bool decode_rows(std::string_view bytes, const BlockHead& head,
                               std::vector<Row>& rows);

/// What to look for, as rows have it.
class Sieve {
 public:
  /// `tenant`: the only one whose records may be seen; empty: all.
  Sieve(const audit::Query& query, std::string_view tenant);

  /// Whether a row of the block may fit.
  [[nodiscard]] bool may_hold(const BlockHead& head) const;
  [[nodiscard]] bool may_fit(const Row& row) const;

 private:
  std::optional<uint64_t> actor_;
  std::optional<uint64_t> tenant_;
  std::optional<uint64_t> own_tenant_;
  std::optional<uint64_t> request_;
  std::optional<uint32_t> act_;
  std::optional<uint16_t> noun_;
  std::optional<uint8_t> outcome_;
  int64_t since_;
  int64_t until_;
  std::vector<uint64_t> keys_;
};

}  // namespace srasta::evidence
