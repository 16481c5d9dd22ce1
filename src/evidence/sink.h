#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "net/scope.h"
#include "net/task.h"

#include <cstdint>
#include <string>
#include <vector>

namespace srasta::evidence {

/// One record on its way out.
struct SinkRecord {
  uint64_t seq = 0;
  crypto::Digest leaf{};
  std::string line;  ///< as stored, without LF; its hash was compared
};

/// Successive records of one stream, at least one. It stays the same until it is accepted, so what
/// is sent again is the same batch.
struct SinkBatch {
  std::string stream;
  std::vector<SinkRecord> records;
};

/// A place outside to which copies of records go. For one loop; one batch at a time.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  /// Success: the sink has the whole batch, as far as its protocol can tell, and it need not be
  /// sent again. After an error nothing is known, and the same batch is sent again. Code::Denied:
  /// the sink says that it does not want it, and asking again soon is of no use. The deadline of
  /// `scope` bounds all of it. Messages hold nothing of records and secrets.
  [[nodiscard]] virtual net::Task<base::Result<void>> deliver(const SinkBatch& batch,
                                                              net::Scope& scope) = 0;
};

}  // namespace srasta::evidence
