#pragma once

#include "audit/act.h"
#include "audit/label.h"
#include "audit/reason.h"
#include "base/clock.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

namespace srasta::audit {

/// The largest integer that every JSON reader keeps exact (RFC 7493 section 2.2).
inline constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;

/// Several digests, recorded one behind the other. Does not own them.
struct Digests {
  std::span<const crypto::Digest> all;
};

/// One value of `data`. It can be made from a whole number, a flag, a reason, a checked label, a
/// word of this program's source, a time, or digests (plain or keyed; recorded as 64 hexadecimal
/// digits each). There is no way in for text as such: prompts, responses, documents and secrets
/// cannot be recorded. Integers outside +-(2^53 - 1) are recorded as the nearest bound.
class DataValue {
 public:
  using Variant =
      std::variant<int64_t, bool, Reason, Label, Word, base::WallTime, crypto::Digest, Digests>;

  // NOLINTBEGIN(google-explicit-constructor)
  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  DataValue(Number number) : value_(bounded(number)) {}
  template <std::same_as<bool> Flag>
  DataValue(Flag flag) : value_(bool{flag}) {}
  DataValue(Reason reason) : value_(reason) {}
  DataValue(Label label) : value_(label) {}
  DataValue(Word word) : value_(word) {}
  DataValue(base::WallTime time) : value_(time) {}
  DataValue(const crypto::Digest& digest) : value_(digest) {}
  DataValue(Digests digests) : value_(digests) {}
  // NOLINTEND(google-explicit-constructor)
  DataValue(const char*) = delete;
  DataValue(std::string_view) = delete;

  [[nodiscard]] const Variant& variant() const { return value_; }

 private:
  friend class Data;
  DataValue() = default;

  template <std::integral Number>
  static int64_t bounded(Number number) {
    if constexpr (std::unsigned_integral<Number>) {
      return static_cast<int64_t>(std::min<uint64_t>(number, uint64_t{kMaxInteger}));
    } else {
      return std::clamp<int64_t>(number, -kMaxInteger, kMaxInteger);
    }
  }

  Variant value_;
};

/// The members of `data`, kept in the order in which they are written (RFC 8785: by name). At most
/// `kMax`; adding more is a defect of the program. A second value for a name replaces the first;
/// Reason::None and empty labels are left out.
class Data {
 public:
  static constexpr size_t kMax = 16;
  struct Member {
    Field name;
    DataValue value;
  };

  Data& add(Field name, DataValue value);
  [[nodiscard]] std::span<const Member> members() const { return {members_.data(), size_}; }

 private:
  std::array<Member, kMax> members_;
  size_t size_ = 0;
};

/// The kind of principal.
enum class ActorKind : uint8_t { None, User, Service, Key, System };

[[nodiscard]] std::string_view to_string(ActorKind kind);

/// The roles of an actor: at most 8, further ones are dropped (a principal cannot hold more: there
/// are eight roles).
class Roles {
 public:
  void add(Label role) {
    if (size_ < roles_.size()) roles_[size_++] = role;
  }
  [[nodiscard]] std::span<const Label> all() const { return {roles_.data(), size_}; }

 private:
  std::array<Label, 8> roles_;
  size_t size_ = 0;
};

/// Who acts for an actor, the one who presents the credential first: at most 3, further ones are
/// dropped (no token with more is accepted).
class Delegates {
 public:
  void add(Subject who) {
    if (size_ < all_.size()) all_[size_++] = who;
  }
  [[nodiscard]] std::span<const Subject> all() const { return {all_.data(), size_}; }

 private:
  std::array<Subject, 3> all_;
  size_t size_ = 0;
};

/// Who acted. The default is "nobody that was verified".
struct Actor {
  Subject id;
  ActorKind kind = ActorKind::None;
  Roles roles;
  Label tenant;   ///< recorded as "-" when empty
  Delegates via;  ///< left out when there is none
};

/// What ties records of one request, session or trace together; empty members are left out.
struct Correlation {
  Label request;
  Label session;
  Label trace;
  Label span;
};

/// The policy that decided, and the rule or permission that it came down to; left out when `id` is
/// empty.
struct PolicyRef {
  Label id;
  uint64_t revision = 0;
  Label why = {};
};

/// The head of another stream of this installation, as the service that sent the request showed it:
/// the streams witness each other. Left out when `stream` is empty.
struct SeenHead {
  Label stream;
  uint64_t records = 0;
  crypto::Digest leaf{};
};

/// What a producer says about one thing that happened. It is serialised before `Ledger::append`
/// returns, so the texts behind its labels need to live no longer than that call.
struct Event {
  Act act;
  Outcome outcome = Outcome::Deny;
  Durability durability = Durability::Must;
  Actor actor{};
  Correlation corr{};
  PolicyRef policy{};
  Data data{};
  SeenHead seen{};
};

}  // namespace srasta::audit
