#pragma once

#include "base/clock.h"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace srasta::identity {

/// Slows down who guesses passwords: by (user, source), so that nobody can lock somebody else out,
/// and by source, for who tries one password with many names. It does not know which users exist.
/// For one thread.
class LoginThrottle {
 public:
  struct Settings {
    unsigned patient = 4;               ///< failures in a row that are only delayed
    base::Seconds first_delay{1};       ///< doubles with each
    base::Seconds longest_lock{900};    ///< locks double, too
    base::Seconds forget{3600};         ///< after the last failure
    unsigned failures_of_source = 100;  ///< within `source_window`
    base::Seconds source_window{300};
    size_t entries = 65'536;  ///< of each kind; the oldest one goes
  };
  LoginThrottle() : LoginThrottle(Settings()) {}
  explicit LoginThrottle(Settings settings) : settings_(settings) {}

  enum class Scope : uint8_t { User, Source };
  struct Locked {
    Scope scope;
    base::Seconds left;  ///< at least 1
  };
  /// Whether an attempt is refused before anything is looked at, right password or wrong.
  [[nodiscard]] std::optional<Locked> locked(std::string_view user, std::string_view source,
                                             base::MonoTime now) const;

  struct Failure {
    base::Seconds delay;  ///< before the answer
    bool locks = false;   ///< this one was one too many
  };
  Failure failed(std::string_view user, std::string_view source, base::MonoTime now);
  void succeeded(std::string_view user, std::string_view source);

  /// The same for who proves himself elsewhere and has no name here: only the source counts.
  [[nodiscard]] std::optional<base::Seconds> source_locked(std::string_view source,
                                                           base::MonoTime now) const;
  void source_failed(std::string_view source, base::MonoTime now);

 private:
  struct Pair {
    unsigned failures = 0;
    base::MonoTime last;
    base::MonoTime until;  ///< locked
  };
  struct Source {
    unsigned failures = 0;
    base::MonoTime since;
  };
  /// A bounded map in the order of first insertion.
  template <typename Entry>
  class Table {
   public:
    [[nodiscard]] const Entry* find(const std::string& key) const;
    Entry& at(const std::string& key, size_t most);
    void erase(const std::string& key);

   private:
    struct Slot {
      Entry entry;
      std::list<std::string>::iterator place;
    };
    std::unordered_map<std::string, Slot> slots_;
    std::list<std::string> order_;
  };

  const Settings settings_;
  Table<Pair> pairs_;
  Table<Source> sources_;
};

}  // namespace srasta::identity
