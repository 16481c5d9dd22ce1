#include "inference/breaker.h"

namespace srasta::inference {

Breaker::Pass Breaker::ask(base::MonoTime now) {
  if (!open_) return Pass::Free;
  if (trial_out_ || now < again_) return Pass::Refused;
  trial_out_ = true;
  return Pass::Trial;
}

bool Breaker::report(TryVerdict verdict, bool trial, base::MonoTime now) {
  if (trial) trial_out_ = false;
  switch (verdict) {
    case TryVerdict::Unknown:
      return false;
    case TryVerdict::Good: {
      // A request from before the ejection proves nothing about now.
      if (open_ && !trial) return false;
      in_a_row_ = 0;
      const bool was_open = open_;
      open_ = false;
      return was_open;
    }
    case TryVerdict::BadAnswer:
    case TryVerdict::NoAnswer:
      break;
  }
  if (open_ && !trial) return false;
  return eject(verdict, now);
}

bool Breaker::eject(TryVerdict verdict, base::MonoTime now) {
  ++in_a_row_;
  const bool was_open = open_;
  if (!was_open && (rules_.failures == 0 || in_a_row_ < rules_.failures)) return false;
  open_ = true;
  answers_ = verdict == TryVerdict::BadAnswer;
  again_ = now + rules_.ejected_for;
  return !was_open;
}

Breaker::State Breaker::state(base::MonoTime now) const {
  if (!open_) return State::Closed;
  return trial_out_ || now >= again_ ? State::HalfOpen : State::Open;
}

}  // namespace srasta::inference
