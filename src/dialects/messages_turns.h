#pragma once

#include "base/result.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: the conversation of a Chat request as Messages wants it.
namespace srasta::dialects {

/// Messages has the system's words apart, and turns of the user and the assistant that alternate;
/// results of tools are blocks at the beginning of the user's turn. Chat has one message after the
/// other, so neighbours of one role are joined.
class MessagesTurns {
 public:
  /// `where`: e.g. `messages[3]`, for refusals.
  [[nodiscard]] base::Result<void> add(const Fields& message, const std::string& where);
  /// The members `system`, if anybody said something as the system, and `messages`.
  void write(json::Writer& writer) const;

 private:
  enum class Role : uint8_t { User, Assistant };
  struct Turn {
    Role role = Role::User;
    std::vector<std::string> results;
    std::vector<std::string> blocks;
    std::string text;  ///< of the last block that is one: a string as written
  };

  Turn& turn_of(Role role);
  void add_text(Role role, std::string_view text);
  [[nodiscard]] base::Result<void> add_system(Value content, const std::string& where);
  [[nodiscard]] base::Result<void> add_user(Value content, const std::string& where);
  [[nodiscard]] base::Result<void> add_result(const Fields& message, const std::string& where);
  [[nodiscard]] base::Result<void> add_assistant(const Fields& message, const std::string& where);
  [[nodiscard]] base::Result<void> add_calls(Value calls, const std::string& where);
  static void write_turn(json::Writer& writer, const Turn& turn);

  std::string system_;
  std::vector<Turn> turns_;
};

}  // namespace srasta::dialects
