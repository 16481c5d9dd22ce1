#pragma once

#include "gateway/engine.h"
#include "gateway/upstreams.h"

#include <functional>
#include <utility>

namespace srasta::gateway {

/// One request to one engine, as far as the engine's health is concerned. Of a trial that ends
/// without saying anything the next request learns.
class EngineTry {
 public:
  /// `changed` is told whether the engine is used now, when this try ejects it or ends its
  /// ejection. `upstream` and `loop` outlive the try.
  using Changed = std::function<void(const Upstreams::One& upstream, bool used)>;
  EngineTry(Upstreams::One& upstream, Trial trial, const net::Loop& loop, const Changed& changed)
      : upstream_(upstream), trial_(trial.use()), loop_(loop), changed_(changed) {}
  EngineTry(const EngineTry&) = delete;
  EngineTry& operator=(const EngineTry&) = delete;
  ~EngineTry() {
    if (trial_) report(inference::TryVerdict::Unknown);
  }

  /// An answer that says the engine works has begun.
  void answered() { report(inference::TryVerdict::Good); }
  /// What became of it in the end.
  void ended(inference::TryVerdict verdict) { report(verdict); }

 private:
  void report(inference::TryVerdict verdict) {
    const bool trial = std::exchange(trial_, false);
    const bool changed = upstream_.spec.engine->report(verdict, trial, loop_.now());
    if (changed) changed_(upstream_, verdict == inference::TryVerdict::Good);
  }

  Upstreams::One& upstream_;
  bool trial_;
  const net::Loop& loop_;
  const Changed& changed_;
};

}  // namespace srasta::gateway
