#pragma once

#include "base/clock.h"
#include "tlog/note_key.h"
#include "tlog/witness_request.h"
#include "witness/folder.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::witness {

/// How a witness answers a call of `add-checkpoint`.
struct Answer {
  int status = 500;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  // For the log of the witness itself:
  std::string origin;  ///< only of a log that is watched
  uint64_t size = 0;   ///< of the checkpoint that was shown
  std::string reason;
};

/// The witness itself, without the network: reads what was cosigned last, decides, writes down what
/// it is about to cosign, and only then lets the cosignature out. Any thread; blocks on the disk.
class Cosigner {
 public:
  /// `folder` is locked; it and `clock` must outlive the object.
  Cosigner(Folder& folder, const base::Clock& clock, tlog::SignerKey key)
      : folder_(folder), clock_(clock), key_(std::move(key)) {}

  /// Watches the logs of these keys from now on, and no others. On an error nothing has changed.
  /// One call at a time; requests may be decided meanwhile.
  [[nodiscard]] base::Result<void> watch(std::vector<tlog::VerifierKey> keys);

  /// Answers one request. Requests of one origin are decided one after another, and each of them by
  /// what the one before left on the disk.
  [[nodiscard]] Answer add_checkpoint(std::string_view body);

  [[nodiscard]] const tlog::VerifierKey& key() const { return key_.verifier(); }
  [[nodiscard]] size_t logs() const;

 private:
  struct Log {
    std::mutex mutex;
    tlog::WatchedLog known;  ///< no keys: not watched any more
  };

  [[nodiscard]] base::Result<std::shared_ptr<Log>> open_log(const std::string& origin);
  [[nodiscard]] std::shared_ptr<Log> find(const std::string& origin) const;
  [[nodiscard]] base::Result<std::string> cosign(const tlog::WitnessRequest& request, Log& log);

  Folder& folder_;
  const base::Clock& clock_;
  const tlog::SignerKey key_;
  mutable std::mutex mutex_;  ///< of the table; never held while a log's is waited for
  /// Grows only: what decides about an origin is one object, however often its key comes and goes.
  std::map<std::string, std::shared_ptr<Log>, std::less<>> logs_;
};

}  // namespace srasta::witness
