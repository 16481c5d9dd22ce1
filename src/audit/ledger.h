#pragma once

#include "audit/event.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace srasta::audit {

/// Proof for a producer that its record is on disk.
struct Receipt {
  std::string stream;
  uint64_t seq = 0;
  crypto::Digest leaf{};
};

/// `<stream>:<seq>:<first 32 hexadecimal digits of the leaf>`, as the header X-Srasta-Audit has it.
[[nodiscard]] std::string to_string(const Receipt& receipt);

struct LedgerSettings {
  std::string folder;              ///< <data>/audit; the stream's folder is created in it
  std::string stream = "gateway";  ///< 1 to 32 of a-z, 0-9 and -
  std::string service;             ///< src.svc, a label
  std::string release;             ///< src.rel, a label
  std::string node = "local";      ///< src.node, a label
  std::string install_id;  ///< used when `folder` has no `origin` yet; empty draws a random one

  uint64_t segment_bytes = uint64_t{256} << 20;
  base::Seconds segment_age{24 * 60 * 60};
  uint64_t reserve_bytes = uint64_t{1} << 20;  ///< kept free for the last words on a full disk
  uint64_t scarce_bytes = uint64_t{4} << 20;   ///< with less free space, some records are not made
  size_t backlog_records = 4096;               ///< not yet durable, of all classes
  base::Millis backlog_age{2000};              ///< of the oldest that is not yet durable
  base::Millis must_wait{250};                 ///< how long `append_durable` waits at most
  base::Millis gather{50};                ///< how long a commit without waiters gathers records
  base::Millis retry{250};                ///< between attempts while the disk refuses
  base::Millis watch{1000};               ///< between looks at the files while nothing is written
  base::Millis head_every{1000};          ///< between signed heads of a stream that grows
  uint64_t head_records = 4096;           ///< a head is signed after so many, however soon
  uint64_t told_records = 16384;          ///< what a start may have to read again, about
  base::Seconds epoch_age{24 * 60 * 60};  ///< of a signing key
  bool new_epoch = false;                 ///< another signing key from the start on
};

/// One hash-chained stream of records on disk (docs/formats/audit-log.md) and its only writer.
///
/// Producers on any thread append; one committer thread numbers the records, links them, writes a
/// batch and syncs it, one batch at a time. A disk that refuses makes `append` refuse once its
/// backlog is full; the ledger tries again by itself and records what was lost as `log.gap`. Files
/// that were replaced, removed or shortened poison the ledger: it refuses everything from then on.
class Ledger {
  class Impl;
  struct Key {};

 public:
  /// What `append_durable` reports: the receipt, or Code::Unavailable.
  using Completion = std::function<void(base::Result<Receipt>)>;

  struct Head {
    uint64_t next_seq = 0;  ///< also the number of durable records
    crypto::Digest leaf{};  ///< of the last durable record
  };

  struct Stats {
    uint64_t records = 0;  ///< durable, since this ledger was opened
    uint64_t batches = 0;
    uint64_t refused = 0;  ///< told to the producer as Unavailable
    uint64_t dropped = 0;  ///< of class May, lost without telling anybody
    uint64_t pending = 0;  ///< accepted and not yet durable
  };

  /// Takes the stream's lock, verifies what is there, quarantines a torn tail, and writes
  /// `log.genesis` or `log.open`. The references must outlive the ledger.
  /// Errors: Conflict (another writer holds the stream), Corrupt (INTEGRITY: the log was damaged
  /// elsewhere than at its torn end; the message names file and record), Invalid (settings), Io.
  static base::Result<std::unique_ptr<Ledger>> open(base::FileSystem& files,
                                                    const base::Clock& clock,
                                                    base::Entropy& entropy,
                                                    LedgerSettings settings);

  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  /// Closes.
  ~Ledger();

  /// Records an event of class Should or May (and Must, if the caller does not wait). Never waits
  /// for the disk. Code::Unavailable when the record cannot be taken; for May that is counted and
  /// reported as success, and it is not taken while space is scarce.
  base::Result<void> append(const Event& event);
  /// The same for a caller that can try again: false while there is no room, and nothing counts as
  /// lost.
  [[nodiscard]] bool try_append(const Event& event);

  /// Records an event and calls `done` exactly once: with a receipt when the record is on disk, or
  /// with Code::Unavailable when it could not be within `must_wait`; then the caller must not do
  /// what the event allows. (A record whose sync was under way may still appear.) `done` runs on a
  /// thread of the ledger or, when refused at once, on the caller's; it must be short.
  void append_durable(const Event& event, Completion done);

  /// A service showed the head of its own stream with a request that leaves no record: the next
  /// event that has none carries it. The newest of each stream counts; of 16 streams at most.
  void note_seen(const SeenHead& seen);

  /// Whether `append` would take a record of class Should now.
  [[nodiscard]] bool accepting() const;
  /// Whether the disk has so little room left that what strangers cause should be counted, not
  /// recorded one by one. Looked at about once every `watch`.
  [[nodiscard]] bool space_is_scarce() const;
  /// Whether the last attempt to write succeeded and the files are as they should be.
  [[nodiscard]] bool healthy() const;
  /// Why writing last failed, for the operator's log; empty if it never did.
  [[nodiscard]] std::string last_fault() const;
  [[nodiscard]] Head head() const;
  [[nodiscard]] Stats stats() const;
  /// The log's name: `<install id>/<stream>`.
  [[nodiscard]] const std::string& origin() const;

  /// Keeps what is accepted from being written, for at most `limit`: then it goes on by itself. Who
  /// waits for a record waits, for no longer than `must_wait`.
  void hold(base::Millis limit);
  /// Whether it is held, and the stream's files do not change until `release`.
  [[nodiscard]] bool quiet() const;
  /// Whether it was held all the time since `hold`.
  [[nodiscard]] bool release();

  /// Waits until everything accepted so far is durable; Unavailable if it is not within `limit`.
  base::Result<void> flush(base::Millis limit);
  /// Writes what is left and `log.close`, then refuses everything. Called by the destructor, too.
  base::Result<void> close();

  Ledger(Key, std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace srasta::audit
