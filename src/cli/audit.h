#pragma once

#include "audit/search.h"

#include <cstdint>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace srasta::cli {

struct AuditSource {
  std::string data_folder;
  std::string stream = "gateway";
};

struct AuditTail {
  uint64_t last = 10;   ///< records to begin with
  bool follow = false;  ///< go on until interrupted
  bool json = false;    ///< lines as stored
};

/// Prints the last records of a stream. Exit status: 0, or 3 if the stream cannot be read.
[[nodiscard]] int run_audit_tail(const AuditSource& source, const AuditTail& tail);
/// Prints the records that fit. Exit status: 0, 1 if there are none, 3 if the stream cannot be
/// read.
[[nodiscard]] int run_audit_search(const AuditSource& source, const audit::Query& query, bool json);

/// What is wrong with a time of the command line (UTC, or its beginning); empty if nothing is.
[[nodiscard]] std::string check_audit_time(const std::string& time);

/// `srasta audit ...`.
void add_audit(CLI::App& root, int& exit_code);

}  // namespace srasta::cli
