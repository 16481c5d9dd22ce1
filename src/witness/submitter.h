#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/proof.h"
#include "witness/client.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::witness {

/// Takes the checkpoints of logs to their witnesses and brings the cosignatures back. Works on a
/// thread of its own: `submit` never waits for anybody.
///
/// Each witness gets, of each log, the newest checkpoint that was submitted; older ones that it has
/// not seen are left out, since the newest vouches for them. A witness that does not answer is
/// asked again after a pause that doubles up to a bound, and holds up no other one. What a witness
/// cosigned last needs not be remembered by the caller: the witness says it.
class Submitter {
  struct Key {};

 public:
  struct Settings {
    std::vector<WitnessClient::Settings> witnesses;
    base::Micros within = base::Seconds(10);  ///< for one question
    base::Micros first_pause = base::Seconds(1);
    base::Micros longest_pause = base::Seconds(60);
  };

  /// One right cosignature. `signature_line(signature)` is a line of the checkpoint's note.
  struct Cosignature {
    std::string witness;  ///< name of its key
    tlog::Checkpoint checkpoint;
    tlog::NoteSignature signature;
    uint64_t time = 0;  ///< seconds since 1970
  };
  /// Why a witness does not cosign now. Code::Conflict: it has cosigned what this log does not
  /// continue (a fork, or a log that was cut); the other codes are those of `WitnessClient`, or of
  /// the function that makes proofs.
  struct Problem {
    std::string witness;
    std::string origin;
    base::Error error;
  };
  /// Where one witness stands with one log.
  struct Standing {
    std::string witness;
    std::string origin;
    uint64_t submitted = 0;  ///< size of the newest checkpoint
    uint64_t cosigned = 0;   ///< size of the checkpoint it cosigned last, since this object began
    uint64_t time = 0;       ///< of that cosignature
    std::string problem;     ///< empty: none
    bool conflict = false;   ///< the problem is a conflict
  };

  /// The consistency proof between two sizes of the log, 0 < old < size of the checkpoint it came
  /// with. Called on a thread that may block; may be called after a newer checkpoint was submitted,
  /// but not after the submitter is gone.
  using Prove = std::function<base::Result<tlog::Proof>(uint64_t old_size)>;

  /// Both are called on the submitter's thread, one at a time, and hold up all witnesses as long as
  /// they run. `on_problem` is called when a problem begins or changes, not at each attempt.
  struct Handlers {
    std::function<void(const Cosignature&)> on_cosigned;
    std::function<void(const Problem&)> on_problem;
  };

  /// Errors of `WitnessClient::create`, with the witness's URL. `clock` must outlive the object.
  static base::Result<std::unique_ptr<Submitter>> open(const base::Clock& clock, Settings settings,
                                                       Handlers handlers);
  Submitter(const Submitter&) = delete;
  Submitter& operator=(const Submitter&) = delete;
  /// Breaks off what runs. No handler is called afterwards.
  ~Submitter();

  /// A new checkpoint of the log that its first line names, signed by the log's key. Any thread,
  /// also from within a handler. Invalid for what is no checkpoint.
  [[nodiscard]] base::Result<void> submit(tlog::Note note, Prove prove);

  /// By witness and log, in the order of configuration and of first submission. Any thread.
  [[nodiscard]] std::vector<Standing> standings() const;

 private:
  struct Work;

 public:
  Submitter(Key, std::unique_ptr<Work> work);

 private:
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::witness
