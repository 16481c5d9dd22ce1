#pragma once

#include "audit/completeness.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// Whether everything that has begun in any stream has an end in one of them, and whether each
/// request that a service passed on to another has a record in the stream of both.
struct LedgerCompleteness {
  struct Stream {
    std::string name;
    Completeness::Summary summary;
  };
  /// A record of a request that its sender says nothing of.
  struct Unsent {
    std::string stream;
    std::string act;
    std::string request;
    std::string sender;  ///< the stream that must tell of it
    uint64_t seq = 0;
  };

  std::vector<Stream> streams;  ///< in the order of names
  uint64_t passed_on = 0;       ///< requests with records on both sides
  uint64_t open = 0;            ///< their senders may still tell of them, or were killed, or pruned
  std::vector<Unsent> unsent;

  [[nodiscard]] bool complete() const;
  /// `COMPLETE` or `INCOMPLETE`.
  [[nodiscard]] std::string_view verdict() const { return complete() ? "COMPLETE" : "INCOMPLETE"; }
  /// The verdict with counts, then a line for each stream and each thing that is
  /// missing, ending with LF.
  [[nodiscard]] std::string text() const;
};

/// Reads every stream in `<data>/audit` once, and once more those that others were asked by. With
/// `only`, tells what concerns that stream: what it has begun, and the requests that it passed on
/// or was asked. Says nothing of whether the records are as they were written: that is for
/// `verify_ledger`. Errors: NotFound without any stream, or without that one, Io.
[[nodiscard]] base::Result<LedgerCompleteness> check_completeness(
    base::FileSystem& files, const std::string& audit_folder,
    const std::optional<std::string>& only = std::nullopt);

}  // namespace srasta::audit
