#pragma once

#include "audit/countersigner.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/result.h"
#include "base/secret.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// The stream that holds the checkpoints of all others.
inline constexpr std::string_view kInstallStream = "install";

/// The process beside the writers that holds the log key: it countersigns every stream of an
/// installation and records each checkpoint in `install`, of which it is the writer. A stream that
/// cannot be countersigned keeps nobody from writing; it is told of and recorded. One thread.
class Checkpointer {
 public:
  struct Settings {
    LedgerSettings install;  ///< `stream` is kInstallStream
    base::Secret log_key;    ///< Ed25519, PKCS#8 PEM
    /// Lines for the operator.
    std::function<void(const std::string& line)> tell = [](const std::string&) {};
    /// A stream has a new checkpoint with both signatures.
    std::function<void(const std::string& stream)> on_checkpoint = [](const std::string&) {};
  };

  /// Opens the stream `install` and publishes the log key in `keys/log.pub`. The references must
  /// outlive the object. Errors: those of `Ledger::open`; Corrupt when `keys/log.pub` has another
  /// key.
  [[nodiscard]] static base::Result<std::unique_ptr<Checkpointer>> open(base::FileSystem& files,
                                                                        const base::Clock& clock,
                                                                        base::Entropy& entropy,
                                                                        Settings settings);

  /// Looks at every stream once.
  void look();
  /// A sink of copies of the log lacks `behind` records of a stream, more than it should; or, not
  /// `lagging`, it has caught up. Recorded.
  struct SinkLag {
    std::string_view sink;    ///< a label
    std::string_view stream;  ///< a label
    uint64_t behind = 0;
    bool lagging = true;
  };
  void record_lag(const SinkLag& lag);
  /// `srasta up` started an engine; or, with `ended`, the engine ended like this. Recorded.
  struct EngineChange {
    std::string_view upstream;  ///< a label
    uint64_t process = 0;       ///< of a start
    bool ended = false;
    uint64_t status = 0;  ///< of an end, likewise
    uint64_t signal = 0;
  };
  void record_engine(const EngineChange& change);
  /// Of the stream `install`: what is durable. Any thread.
  [[nodiscard]] Ledger::Head head() const { return install_->head(); }
  /// The last look, after the writers have ended.
  void close();

  Checkpointer(base::FileSystem& files, Settings settings, std::unique_ptr<Ledger> install)
      : files_(files), settings_(std::move(settings)), install_(std::move(install)) {}

 private:
  struct Watched {
    std::optional<Countersigner> signer;
    std::string problem;  ///< last told
  };

  void look_at(const std::string& stream);
  [[nodiscard]] base::Result<std::optional<tlog::Checkpoint>> try_look(const std::string& stream,
                                                                       Watched& watched);
  void record(const std::string& stream, const tlog::Checkpoint& checkpoint);
  void report(const std::string& stream, Watched& watched, const base::Error& error);

  base::FileSystem& files_;
  const Settings settings_;
  std::unique_ptr<Ledger> install_;
  std::map<std::string, Watched> streams_;
};

}  // namespace srasta::audit
