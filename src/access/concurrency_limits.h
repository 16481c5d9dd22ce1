#pragma once

#include "access/limit_scope.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace srasta::access {

struct ConcurrencyRule {
  std::string name;
  LimitPer per = LimitPer::Principal;
  LimitScope scope;
  uint32_t most = 0;  ///< at once; 0 admits none
};

/// How many requests of a kind (streams) each subject may have open at once. Any thread; limits
/// made from others keep counting what is open in rules of the same name and subject. Memory: one
/// small cell for each subject that has a handle or a slot.
class ConcurrencyLimits {
 private:
  struct Table;
  struct Binding {
    std::shared_ptr<const ConcurrencyRule> rule;
    std::shared_ptr<std::atomic<uint32_t>> open;
  };
  using Bindings = std::vector<Binding>;

 public:
  /// One open request: its place is free again when this is destroyed. Any thread, one at a time.
  class Slot {
   public:
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&& other) noexcept;
    ~Slot() { release(); }

   private:
    friend class ConcurrencyLimits;
    explicit Slot(std::shared_ptr<const Bindings> bindings) : bindings_(std::move(bindings)) {}
    void release();

    std::shared_ptr<const Bindings> bindings_;
  };

  /// A slot, or which rule had none.
  struct [[nodiscard]] Entry {
    std::optional<Slot> slot;
    LimitPer refused_per = LimitPer::Principal;
    uint32_t most = 0;  ///< of the refusing rule
  };

  /// The rules that bind one subject, with their counts found; for being kept beside a credential.
  /// Any thread.
  class Handle {
   public:
    /// All rules must admit; where one refuses, none of the others counts this request.
    Entry enter() const;

   private:
    friend class ConcurrencyLimits;
    explicit Handle(std::shared_ptr<const Bindings> bindings) : bindings_(std::move(bindings)) {}

    std::shared_ptr<const Bindings> bindings_;
  };

  explicit ConcurrencyLimits(std::vector<ConcurrencyRule> rules);
  ConcurrencyLimits(std::vector<ConcurrencyRule> rules, const ConcurrencyLimits& before);

  [[nodiscard]] Handle handle(const LimitSubject& subject) const;
  /// Subjects that have a handle or a slot, and some that had one.
  [[nodiscard]] size_t cells() const;

 private:
  ConcurrencyLimits(std::vector<ConcurrencyRule> rules, std::shared_ptr<Table> table);

  std::shared_ptr<Table> table_;
  std::vector<std::shared_ptr<const ConcurrencyRule>> rules_;
};

}  // namespace srasta::access
