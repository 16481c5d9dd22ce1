#pragma once

#include "audit/event.h"
#include "audit/ledger.h"
#include "base/result.h"

#include <functional>
#include <string>

namespace srasta::audit {

/// An act whose effect lies outside the log. It is told in two records with one request id
/// (`two_phase.h`): `X.intent`, on disk before anything is done, and `X.outcome`, of what came of
/// it. For one thread at a time.
///
/// One that is destroyed without `end` leaves an outcome `unknown`: nobody is left who could tell.
/// What a crash leaves without outcome gets the same at the next start of the log.
class Intent {
 public:
  /// Runs on a thread of the ledger, or on the caller's; must be short.
  using Declared = std::function<void(base::Result<Intent>)>;

  /// Records the event and calls `declared` exactly once: with the intent when the record is on
  /// disk, or with Code::Unavailable; then nothing may be done, and an outcome `error` says so,
  /// since the record may come to be there all the same. `event.act` is an intent that has an
  /// outcome, and `event.corr.request` names it for good. `ledger` must outlive the intent.
  static void declare(Ledger& ledger, const Event& event, Declared declared);

  Intent(Intent&& other) noexcept;
  Intent& operator=(Intent&&) = delete;
  Intent(const Intent&) = delete;
  Intent& operator=(const Intent&) = delete;
  ~Intent();

  [[nodiscard]] const Receipt& receipt() const { return receipt_; }

  /// Records how it ended: `event` says who acted, the outcome and its data; act and request are
  /// those of the intent, the class is Should: it does not wait for the disk, since what was done
  /// is done.
  /// Code::Unavailable when the log cannot take it.
  base::Result<void> end(Event event) &&;

 private:
  Intent(Ledger& ledger, Act outcome, std::string request, Receipt receipt);

  Ledger* ledger_;  ///< null once it has ended
  Act outcome_;
  std::string request_;
  Receipt receipt_;
};

}  // namespace srasta::audit
