#pragma once

#include "net/http_client.h"
#include "tlog/note.h"
#include "tlog/note_key.h"
#include "tlog/proof.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace srasta::witness {

/// Asks one witness for cosignatures (C2SP tlog-witness). For one loop.
class WitnessClient {
  struct Key {};

 public:
  struct Settings {
    std::string url;           ///< without `/add-checkpoint`
    tlog::VerifierKey key;     ///< of type CosignatureV1; no other cosignature is taken
    std::string ca_file = {};  ///< empty: the system's authorities
  };

  struct Cosigned {
    tlog::NoteSignature signature;  ///< right, of `key`
    uint64_t time = 0;              ///< seconds since 1970, as the witness says
  };
  /// The old size is not that of the checkpoint that the witness cosigned last; this is.
  struct OtherSize {
    uint64_t size = 0;
  };
  /// Errors by code:
  ///   Conflict         the checkpoint does not continue what the witness cosigned: a fork
  ///   Denied           the witness trusts another key for this origin
  ///   NotFound         it does not watch the origin (or there is no witness at the URL)
  ///   Invalid          it does not take the request for one
  ///   Unauthenticated  what it answered is no cosignature of `key`
  ///   Unavailable, Timeout, Cancelled   nothing is known; the same request may be sent again
  using Outcome = std::variant<base::Error, OtherSize, Cosigned>;

  /// Invalid for a URL or key that cannot be a witness's; errors of the CA file.
  static base::Result<std::unique_ptr<WitnessClient>> create(net::Loop& loop,
                                                             net::BlockingPool& blocking,
                                                             Settings settings);
  WitnessClient(Key, net::Loop& loop, net::BlockingPool& blocking, Settings settings,
                net::HttpClientPool::Settings server);

  /// Shows `note`, a signed checkpoint, with the proof that it continues the tree of `old_size`.
  /// `scope` must have a deadline.
  net::Task<Outcome> add_checkpoint(uint64_t old_size, tlog::Proof proof, tlog::Note note,
                                    net::Scope& scope);

  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  [[nodiscard]] Outcome outcome_of(const net::SimpleAnswer& answer, const std::string& text) const;
  [[nodiscard]] Outcome check_cosignature(std::string_view lines, const std::string& text) const;

  const Settings settings_;
  net::HttpClientPool pool_;
};

}  // namespace srasta::witness
