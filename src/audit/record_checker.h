#pragma once

#include "audit/checked_record.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace srasta::audit {

/// Checks lines with all cores (eight at most): hashing them is most of what a verifier does, and
/// needs nothing but the line. Its threads start with the first lines that are worth it. For one
/// caller at a time.
class RecordChecker {
 public:
  RecordChecker() = default;
  RecordChecker(const RecordChecker&) = delete;
  RecordChecker& operator=(const RecordChecker&) = delete;
  ~RecordChecker();

  /// What `read_checked_record` says of each line, in their order, until the next call. The views
  /// are into the lines.
  std::span<const std::optional<CheckedRecord>> check(std::span<const std::string_view> lines);

 private:
  void start();
  void work();
  /// Takes lines until none is left.
  void check_some();

  std::vector<std::thread> threads_;
  std::span<const std::string_view> lines_;
  std::vector<std::optional<CheckedRecord>> records_;
  std::atomic<size_t> next_{0};        // line that nobody took yet
  std::atomic<uint32_t> round_{0};     // counts calls that are shared
  std::atomic<uint32_t> working_{0};   // threads that have not ended this round
  std::atomic<bool> stopping_{false};  // with the next round
};

}  // namespace srasta::audit
