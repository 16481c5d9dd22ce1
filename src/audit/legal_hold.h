#pragma once

#include "audit/checked_record.h"
#include "audit/event.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// A hold that keeps records from being pruned, as records `log.hold` of `operator` have it.
struct LegalHold {
  std::string name;    ///< `is_hold_word`
  std::string stream;  ///< empty: all of them
  std::string code;    ///< why, as a word of the operator's own list; may be empty

  /// Whether it is about this stream.
  [[nodiscard]] bool covers(std::string_view of) const { return stream.empty() || stream == of; }
};

/// Names and codes of holds have 1 to 32 of a-z, 0-9 and -: no sentence, and nobody's name, address
/// or words fit well.
[[nodiscard]] bool is_hold_word(std::string_view text);

/// The record that sets or releases it. `hold` must outlive the event.
[[nodiscard]] Event hold_event(const LegalHold& hold, bool on);

/// The holds that are on, as records are read. What is not understood releases nothing.
class LegalHolds {
 public:
  void add(const CheckedRecord& record);
  [[nodiscard]] const std::vector<LegalHold>& all() const { return holds_; }
  /// The first that covers the stream; null without one.
  [[nodiscard]] const LegalHold* on(std::string_view stream) const;
  [[nodiscard]] bool has(std::string_view name) const;

 private:
  std::vector<LegalHold> holds_;
};

}  // namespace srasta::audit
