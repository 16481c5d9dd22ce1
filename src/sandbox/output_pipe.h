#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/output_ring.h"

#include <cstddef>

namespace srasta::sandbox {

/// A stream of a run: what is written to one end is counted, and its beginning and end kept.
class OutputPipe {
 public:
  explicit OutputPipe(size_t kept) : ring_(kept) {}

  [[nodiscard]] base::Result<void> open();
  /// For the program.
  [[nodiscard]] int writing() const { return writing_.get(); }
  /// Once the program has it.
  void close_writing() { writing_.reset(); }
  /// To wait for; -1 once every writer has gone.
  [[nodiscard]] int reading() const { return reading_.get(); }
  /// Reads what is there, up to about a MiB, without waiting.
  void drain();

  [[nodiscard]] bool ended() const { return !reading_.open(); }
  [[nodiscard]] uint64_t total() const { return ring_.total(); }
  [[nodiscard]] Output take() { return ring_.take(); }

 private:
  OutputRing ring_;
  base::Descriptor reading_;
  base::Descriptor writing_;
};

}  // namespace srasta::sandbox
