#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::json {

/// Why a text was refused.
enum class Fault : uint8_t { None, Syntax, Utf8, Depth, DuplicateKey, NotAnObject };

[[nodiscard]] std::string_view to_string(Fault fault);

enum class Kind : uint8_t { Null, Boolean, Number, String, Array, Object };

/// One member of the outermost object. Views point into the scanned text.
struct Member {
  std::string_view key;    ///< as written, without quotes, escapes not resolved
  std::string_view value;  ///< as written, quotes and brackets included
  Kind kind = Kind::Null;
};

struct ScanLimits {
  unsigned depth = 64;             ///< levels of arrays and objects, the outermost one included
  bool unique_everywhere = false;  ///< refuse repeated keys in nested objects too
  /// Accept \\ud800 without its pair, as JSON.stringify writes a cut emoji. `string_value` still
  /// refuses it.
  bool lone_surrogates = false;
};

/// The outermost object of a text that is well-formed as a whole.
class ObjectView {
 public:
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// The member whose resolved key is `key`.
  [[nodiscard]] const Member* find(std::string_view key) const;

 private:
  friend class Scanner;
  std::vector<Member> members_;
};

struct ScanOutcome {
  Fault fault = Fault::Syntax;
  size_t offset = 0;  ///< of the first byte that could not be accepted
  ObjectView object;  ///< filled when `fault` is None

  [[nodiscard]] bool ok() const { return fault == Fault::None; }
};

/// Validates `text` as exactly one JSON object (RFC 8259, UTF-8, no byte order mark) and finds its
/// members without copying. Every byte is checked: nothing that a later parser could read
/// differently passes. Keys of the outermost object must be unique after resolving escapes.
/// Recursion is bounded by `limits.depth`; time is linear in the text.
[[nodiscard]] ScanOutcome scan_object(std::string_view text, ScanLimits limits = {});

/// Resolves the escapes of a scanned string (without its quotes). The text must have been scanned.
/// A lone surrogate becomes U+FFFD.
[[nodiscard]] std::string unescape(std::string_view raw);

/// The resolved text of a string member; nothing if it is of another kind or holds a lone
/// surrogate.
[[nodiscard]] std::optional<std::string> string_value(const Member& member);

/// The value of a number member written as an integer that fits; nothing otherwise.
[[nodiscard]] std::optional<int64_t> integer_value(const Member& member);

}  // namespace srasta::json
