#pragma once

#include "audit/checked_record.h"
#include "audit/ledger_report.h"
#include "base/file.h"
#include "crypto/hash.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// One head in `ent`.
struct ShownHead {
  std::string_view stream;
  uint64_t records = 0;
  crypto::Digest leaf{};    ///< of the last of them
  bool with_probe = false;  ///< it came before, with a request that left no record of its own
};

/// All that a record remembers; nothing, if something else than heads stands there. Views into it.
[[nodiscard]] std::vector<ShownHead> shown_heads(const CheckedRecord& record);

/// What the streams of a ledger remember of each other (`ent`): who writes a stream anew, with all
/// of its keys, does not have those of its neighbours. Heads are looked up in a second reading of
/// the segments that have them, so that no order of the streams is needed, and a stream that grew
/// meanwhile is not taken for one that was cut.
class Entanglement {
 public:
  /// What one stream remembers.
  class Witness {
   public:
    explicit Witness(std::string stream) : stream_(std::move(stream)) {}
    /// The next record of its chain.
    void listen(const CheckedRecord& record);

   private:
    friend class Entanglement;
    struct Head {
      uint64_t records = 0;
      crypto::Digest leaf{};  ///< of the last of them
      uint64_t seq = 0;       ///< of the record that has it
    };
    std::string stream_;
    std::map<std::string, std::vector<Head>, std::less<>> heads_;  ///< by whose they are
  };

  /// A stream in which nothing is wrong by itself.
  void add(Witness witness);

  /// Compares what the others remember of an intact stream with its records, in `stream_folder`.
  /// Adds a violation, or notes about what is pruned.
  void judge(base::FileSystem& files, const std::string& stream_folder, StreamReport& report) const;

  /// The streams that somebody remembers.
  [[nodiscard]] std::vector<std::string> streams() const;
  /// Who remembers it first, as in `gateway 120`.
  [[nodiscard]] std::string first_witness_of(const std::string& stream) const;

 private:
  struct Seen {
    uint64_t records = 0;
    std::string_view by;
    uint64_t seq = 0;
    crypto::Digest leaf{};
  };

  class Search;

  /// Of one stream: the shortest heads first, then by witness and record.
  [[nodiscard]] std::vector<Seen> seen_of(std::string_view stream) const;
  static void note_unchecked(std::span<const Seen> seen, StreamReport& report);

  std::vector<Witness> witnesses_;
};

}  // namespace srasta::audit
