#pragma once

#include "access/gcra.h"
#include "access/limit_scope.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace srasta::access {

class GcraTable;

struct RateRule {
  std::string name;
  LimitPer per = LimitPer::Principal;
  LimitScope scope;
  std::optional<uint8_t> route_class;  ///< nothing: requests of all classes count together
  GcraRate rate;
};

/// For `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests`.
struct RateShown {
  uint32_t limit = 0;
  uint32_t remaining = 0;
  base::Micros reset{0};
};

/// What the limits say to one request. Zero is a refusal.
struct [[nodiscard]] RateTicket {
  bool admitted = false;
  /// Refused, and there was no room to count this subject: never unlimited.
  bool table_full = false;
  LimitPer per = LimitPer::Principal;  ///< of the refusing rule that lasts longest
  base::Micros retry_after{0};         ///< the longest of the refusing rules; 0 if admitted
  std::optional<RateShown> shown =
      {};  ///< admitted: of the tightest rule; else of the refusing one
};

/// The limits that bind one subject on one class of routes, with their cells found. Made for being
/// kept beside a verified credential: with it a request costs one atomic exchange per rule. Handles
/// of one subject share cells, whoever made them. For one thread; stays valid when limits are
/// replaced, but with the old rules.
class RateHandle {
 public:
  /// All rules must admit; where one refuses, none of the others is consumed.
  RateTicket admit(base::MonoTime now);
  /// Undoes the last `admit` that admitted: for a request that a later limit refuses.
  void give_back();
  /// Whether no rule binds: `admit` always admits.
  [[nodiscard]] bool empty() const { return bindings_.empty(); }

 private:
  friend class RateLimits;
  struct Binding {
    std::shared_ptr<const RateRule> rule;
    std::string key;
    std::shared_ptr<GcraCell> cell;
  };
  explicit RateHandle(std::shared_ptr<GcraTable> table) : table_(std::move(table)) {}

  /// Finds the cells that are missing or retired; the binding for which there is no room.
  [[nodiscard]] const Binding* find_cells(base::MonoTime now);
  [[nodiscard]] RateTicket take_all(base::MonoTime now, bool& retired);

  std::shared_ptr<GcraTable> table_;
  std::vector<Binding> bindings_;
};

/// The request limits of one configuration: immutable rules, and cells that live on in the limits
/// made from these. Any thread.
class RateLimits {
 public:
  struct Settings {
    std::vector<RateRule> rules;  ///< names are unique
    /// One for each rule and each subject that it counts; about 200 bytes each. When there is room
    /// for no more, new subjects are refused until the full burst of another one is back.
    size_t most_cells = 262'144;
  };

  explicit RateLimits(Settings settings);
  /// Keeps counting where `before` is, in every rule of the same name, subject, class and rate.
  RateLimits(Settings settings, const RateLimits& before);

  /// The rules that need no model. `subject.model` is not read.
  [[nodiscard]] RateHandle handle(const LimitSubject& subject, uint8_t route_class) const;
  /// The rules that count models or name them; needs `subject.model`.
  [[nodiscard]] RateHandle model_handle(const LimitSubject& subject, uint8_t route_class) const;
  /// Whether some rule needs the model.
  [[nodiscard]] bool any_for_models() const { return !for_models_.empty(); }

  /// Cells in use, of this and of the limits that share them.
  [[nodiscard]] size_t cells() const;

 private:
  struct Known {
    std::shared_ptr<const RateRule> rule;
    std::string prefix;  ///< of its cells' keys
  };
  RateLimits(Settings settings, std::shared_ptr<GcraTable> table);
  [[nodiscard]] RateHandle bind(const std::vector<Known>& rules, const LimitSubject& subject,
                                uint8_t route_class) const;

  std::shared_ptr<GcraTable> table_;
  std::vector<Known> before_body_;
  std::vector<Known> for_models_;
};

}  // namespace srasta::access
