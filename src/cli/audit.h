#pragma once

#include "audit/search.h"
#include "cli/command_line.h"
#include "config/config.h"

#include <cstdint>
#include <optional>
#include <string>

namespace srasta::cli {

struct AuditSource {
  std::string data_folder;
  std::optional<std::string> named_stream = std::nullopt;  ///< as --stream says

  /// The one that a command about one stream is about.
  [[nodiscard]] std::string stream() const { return named_stream.value_or("gateway"); }
};

struct AuditTail {
  uint64_t last = 10;   ///< records to begin with
  bool follow = false;  ///< go on until interrupted
  bool json = false;    ///< lines as stored
  bool verify = false;  ///< each record is verified before it is shown
  std::string trust;    ///< with `verify`: file of the log key; empty: the folder's own
};

/// Prints the last records of a stream. Exit status: 0; 1 if one of them does not hold (with
/// `verify`); 3 if the stream cannot be read; 4 if the file of the log key has none.
[[nodiscard]] int run_audit_tail(const AuditSource& source, const AuditTail& tail);
/// Prints the records that fit. Exit status: 0, 1 if there are none, 3 if the stream cannot be
/// read.
[[nodiscard]] int run_audit_search(const AuditSource& source, const audit::Query& query, bool json);

/// `srasta audit ...`. `environment` must outlive the command line.
void add_audit(Command root, const config::Environment& environment);

}  // namespace srasta::cli
