#pragma once

#include "config/config.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::config {

enum class Kind : uint8_t {
  Section,   ///< a map of options; scalars named in `choices` may stand in its place
  Sections,  ///< a list of such maps
  Boolean,
  Count,
  Share,  ///< a decimal number from 0 to 1 with at most six digits behind the point
  Duration,
  Size,
  Text,
  Name,
  Choice,
  Listen,
  Url,
  File,
  Pointer,
  Host,
  AddressBlock,
  SinkUrl,     ///< of `parse_sink_url`
  WitnessKey,  ///< of C2SP signed notes, type 0x04
  Time,        ///< RFC 3339, UTC, whole seconds; quoted
};

/// A checked value on its way into `Config`. Which members are set follows from the option.
struct Value {
  std::string text = {};               ///< canonical; of scalars
  std::vector<std::string> list = {};  ///< canonical; of lists
  int64_t number = 0;  ///< Count; Share in millionths; Duration in milliseconds; Size in bytes;
                       ///< Time in seconds
  bool flag = false;
  std::string name = {};  ///< what stood for `*` in the path
};

/// One option: everything about it stands here and nowhere else.
struct Option {
  std::string_view path;  ///< `[]` is any element of a list, `*` any key
  Kind kind = Kind::Section;
  bool list = false;               ///< a list of values of `kind`
  std::string_view fallback = {};  ///< the default as written in a file; empty: none
  std::string_view choices = {};   ///< of Choice: `a|b|c`
  int64_t least = 0;               ///< of Count, Duration (milliseconds) and Size
  int64_t most = 0;
  bool required = false;  ///< wherever its section stands
  bool secret = false;    ///< names a file that holds a secret
  std::string_view help = {};
  void (*set)(Config&, const Value&) = nullptr;
};

/// Every option, sections before their members.
[[nodiscard]] std::span<const Option> options();

[[nodiscard]] const Option* find_option(std::string_view path);

/// The options directly inside section `path` ("" is the file itself).
[[nodiscard]] std::vector<const Option*> members_of(std::string_view path);

/// The part of `path` after the last dot.
[[nodiscard]] std::string_view last_part(std::string_view path);

/// What a user may write, for error messages and documentation.
[[nodiscard]] std::string allowed_text(const Option& option);

/// `SRASTA_INFERENCE__DETECT`; empty for what the environment cannot set (anything in a list).
[[nodiscard]] std::string variable_of(const Option& option);

}  // namespace srasta::config
