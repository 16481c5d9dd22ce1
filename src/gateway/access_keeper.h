#pragma once

#include "access/snapshot_file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/shared_word.h"
#include "net/loop.h"
#include "net/timer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace srasta::gateway {

/// Holds the access snapshot that is in force, and takes over the next one as soon as the epoch
/// says that there is one. One that cannot be read puts nothing in force: nobody is admitted until
/// it can be. Lives on one loop.
class AccessKeeper final : private net::Timer {
 public:
  struct Parts {
    net::Loop& loop;
    base::Log& log;
    access::SnapshotFiles files;
    base::Secret key;
  };
  /// Called on the loop with what is in force from now on; null: nothing.
  using Publish = std::function<void(std::shared_ptr<const access::AccessSnapshot>)>;

  /// Publishes what is in force. Code::NotFound or Corrupt, with the next step, when there is no
  /// epoch; Code::Invalid when the key is one that anybody could guess.
  static base::Result<std::unique_ptr<AccessKeeper>> open(Parts parts, Publish publish);
  AccessKeeper(Parts parts, std::unique_ptr<const base::SharedWord> epoch, Publish publish);
  AccessKeeper(const AccessKeeper&) = delete;
  AccessKeeper& operator=(const AccessKeeper&) = delete;

  void start() { arm(); }
  void stop() { disarm(); }
  /// Takes over what the epoch announces, if anything.
  void check();

  [[nodiscard]] const base::SharedWord& epoch() const { return *epoch_; }
  [[nodiscard]] const std::shared_ptr<const access::AccessSnapshot>& current() const {
    return current_;
  }

 private:
  [[nodiscard]] net::Loop& loop() const { return parts_.loop; }
  void arm();
  void on_timeout() override;
  void admit_nobody(const std::string& reason);

  const Parts parts_;
  const std::unique_ptr<const base::SharedWord> epoch_;
  const Publish publish_;
  std::shared_ptr<const access::AccessSnapshot> current_;
  uint64_t refused_ =
      0;  // one more than the epoch whose snapshot could not be read, to say so once
  bool replaced_ = false;  // the epoch: its writer cannot be heard any more
};

}  // namespace srasta::gateway
