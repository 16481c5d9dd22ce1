#pragma once

namespace srasta::admin {

/// One more of something for as long as it lives.
class Counted {
 public:
  explicit Counted(unsigned& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  unsigned& count_;
};

}  // namespace srasta::admin
