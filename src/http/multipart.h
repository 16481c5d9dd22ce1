#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace srasta::http {

/// The boundary of a `multipart/form-data` Content-Type (RFC 2046 section 5.1.1): exactly one, of 1
/// to 70 of its characters. Nothing for anything else. A view into the value.
[[nodiscard]] std::optional<std::string_view> multipart_boundary(std::string_view content_type);

/// One part of a form (RFC 7578). Views into the body.
struct FormPart {
  std::string_view name;
  std::string_view value;
  bool file = false;  ///< it has a file name
};

enum class FormFault : uint8_t { None, Malformed, TooManyParts, HeadTooLarge };

struct Form {
  FormFault fault = FormFault::Malformed;
  std::vector<FormPart> parts;  ///< in order; names may repeat

  /// The only part of that name; nothing when there is none. Look at `count` first.
  [[nodiscard]] const FormPart* find(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
};

struct FormLimits {
  size_t parts = 10'000;
  size_t part_head = size_t{16} << 10;  ///< bytes of one part's header fields
};

/// Reads a whole body. What two readers could take for different forms is refused: text before the
/// first and after the last delimiter, lines that do not end in CRLF, a delimiter that goes on, a
/// part with no or several Content-Disposition fields, names that are not plain quoted text or
/// tokens, encodings of parts. Time is linear in the body; nothing is copied.
[[nodiscard]] Form parse_form(std::string_view body, std::string_view boundary,
                              const FormLimits& limits = {});

}  // namespace srasta::http
