#pragma once

#include "base/result.h"
#include "sandbox/capture.h"
#include "sandbox/job.h"
#include "sandbox/sealed_bytes.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// What a runner (`runner.h`) is asked, and what it answers.
namespace srasta::sandbox {

/// A job without what fills it, and without the account, which the runner chooses.
struct RunOrder {
  Job job;
  bool capture = false;  ///< whether changed files are wanted
  CaptureLimits capture_limits;
};

[[nodiscard]] std::string pack(const RunOrder& order);
/// Code::Invalid unless it is exactly one.
[[nodiscard]] base::Result<RunOrder> unpack_order(std::string_view bytes);

/// The files of /workspace, in memory that the runner reads in place.
class TreeMessage {
 public:
  [[nodiscard]] static base::Result<TreeMessage> make();

  [[nodiscard]] base::Result<void> add(std::string_view path, std::string_view bytes,
                                       bool executable);
  [[nodiscard]] base::Result<base::Descriptor> seal() &&;

 private:
  explicit TreeMessage(SealedWriter writer) : writer_(std::move(writer)) {}
  SealedWriter writer_;
};

/// Puts the files of a sealed tree into `writer`. Code::Invalid for what is none.
[[nodiscard]] base::Result<void> write_files(std::string_view tree, TreeWriter& writer);

/// What came of a run that took place.
struct RunEnd {
  Outcome outcome = Outcome::Signalled;
  int status = 0;
  int signal = 0;
  Tier tier = Tier::None;
  base::Micros wall{0};
  base::Micros cpu{0};
  uint64_t max_rss_bytes = 0;
  Output output;
  Output errors;
  bool nothing_left = false;
  /// The changed files, if they were wanted and the run ended by itself.
  std::optional<std::vector<Change>> changes = std::nullopt;
  uint64_t ignored = 0;              ///< links, FIFOs and the like that it left
  bool too_much_to_capture = false;  ///< `changes` would be over a limit
};

[[nodiscard]] std::string pack(const base::Result<RunEnd>& end);
/// What was packed, an error included; Code::Invalid for what is neither.
[[nodiscard]] base::Result<RunEnd> unpack_end(std::string_view bytes);

/// What a runner says first: what the host gives.
struct HostReport {
  Tier strongest = Tier::None;
  std::vector<std::string> missing;  ///< a sentence for each piece that is not there
};

[[nodiscard]] std::string pack(const HostReport& host);
[[nodiscard]] base::Result<HostReport> unpack_host(std::string_view bytes);

}  // namespace srasta::sandbox
