#pragma once

#include "base/clock.h"
#include "crypto/hash.h"
#include "identity/discovery.h"
#include "identity/fault.h"
#include "identity/key_set.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::identity {

/// Decides when the keys of one issuer are fetched and which set counts. It does no I/O: the owner
/// asks `wants_fetch`, performs the GET, and reports the answer. For one thread; the sets that it
/// hands out may be shared.
///
/// The last good set is kept: a failed, empty or garbage answer never replaces it. It serves until
/// `max_stale` after it was last confirmed, and is asked for again by half of that time.
class KeySource {
 public:
  struct Settings {
    IssuerLocation location;
    base::Seconds max_stale{24 * 3600};  ///< at least 4 s
    base::Seconds least_age{60};         ///< lower bound of a max-age
    base::Seconds most_age{24 * 3600};   ///< upper bound of a max-age
    base::Seconds default_age{300};      ///< without a usable Cache-Control
  };

  enum class Document : uint8_t { Discovery, Keys };

  struct Fetch {
    Document document = Document::Discovery;
    std::string url;
  };

  /// The body of a 200 answer, or why there is none (Tls, Redirect, KeysUnavailable, JwksTooLarge).
  using Answer = std::expected<std::string_view, KeysFailure>;

  /// What is known about the keys at a moment.
  struct State {
    std::shared_ptr<const KeySet> keys = nullptr;  ///< null when tokens cannot be verified
    /// Changes whenever `keys` does; 0 while there is none.
    uint64_t generation = 0;
    /// Why `keys` is null: the last failure while nothing was ever loaded, KeysStale after
    /// `max_stale`.
    TokenFault unavailable = TokenFault::KeysUnavailable;
  };

  /// What to do with a request whose token names a key that is not in the set.
  struct Refresh {
    /// True: a fetch runs or is due now; wait for it (at most 2 s), then verify once more and take
    /// that answer. False: the quiet period; answer 503 keys_refreshing.
    bool wait = false;
    base::Seconds retry_after{0};  ///< when `wait` is false, at least 1
  };

  explicit KeySource(Settings settings);

  /// The GET to perform now, if any; it then counts as running until it is reported. At most one
  /// runs at a time.
  [[nodiscard]] std::optional<Fetch> wants_fetch(base::MonoTime now);
  /// When `wants_fetch` is worth asking again if nothing else happens.
  [[nodiscard]] base::MonoTime next_fetch() const { return next_; }
  /// From when on the set is too old, if nothing confirms it; the largest time without a set.
  [[nodiscard]] base::MonoTime stale_from() const;

  /// Report of the running fetch. `max_age` as in `parse_max_age`. The failure is returned for
  /// audit; the source has already scheduled what follows.
  std::expected<void, KeysFailure> on_discovery(const Answer& answer, base::MonoTime now,
                                                std::optional<base::Seconds> max_age);
  /// True when the set changed.
  std::expected<bool, KeysFailure> on_keys(const Answer& answer, base::MonoTime now,
                                           std::optional<base::Seconds> max_age);

  /// At most two refreshes in 10 s come from unknown keys, one more each 10 s.
  [[nodiscard]] Refresh on_unknown_kid(base::MonoTime now);

  [[nodiscard]] State state(base::MonoTime now) const;
  /// The last good document; null before the first one.
  [[nodiscard]] const Discovery* discovery() const { return discovery_ ? &*discovery_ : nullptr; }
  [[nodiscard]] bool fetch_running() const { return running_.has_value(); }

 private:
  [[nodiscard]] base::Seconds bounded(std::optional<base::Seconds> max_age) const;
  void schedule_retry(base::MonoTime now, const KeysFailure& failure);
  void refill(base::MonoTime now);

  Settings settings_;
  std::optional<Discovery> discovery_;
  base::MonoTime discovery_due_{};
  std::optional<Document> running_;
  base::MonoTime next_{};
  unsigned failures_ = 0;
  TokenFault last_failure_ = TokenFault::KeysUnavailable;

  std::shared_ptr<const KeySet> keys_;
  crypto::Digest document_digest_{};
  uint64_t generation_ = 0;
  base::MonoTime confirmed_{};

  unsigned unknown_kid_budget_;
  base::MonoTime refilled_{};
};

}  // namespace srasta::identity
