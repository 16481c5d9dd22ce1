#include "http/multipart.h"

#include "base/encoding.h"
#include "http/head.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace srasta::http {
namespace {

using base::equal_ignoring_case;

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kLongestBoundary = 70;
constexpr std::string_view kBoundaryMarks = "'()+_,-./:=?";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// memmem(3) is many times faster here than std::string_view::find.
size_t find(std::string_view text, std::string_view what, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* const at = ::memmem(text.data() + from, text.size() - from, what.data(), what.size());
  if (at == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '"' && c != '\\';
}

/// Takes `token` or `"text"` without escapes from the front: some readers resolve them, some not.
std::optional<std::string_view> take_value(std::string_view& rest) {
  if (rest.starts_with('"')) {
    const size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view value = rest.substr(1, end - 1);
    if (!std::ranges::all_of(value, is_plain)) return std::nullopt;
    rest.remove_prefix(end + 1);
    return value;
  }
  const std::string_view value = trimmed(rest.substr(0, rest.find(';')));
  if (!is_token(value)) return std::nullopt;
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  return value;
}

/// Calls `visit(name, value)` for `; name=value` and so on; false when the text is no such list.
template <typename Visit>
bool for_each_parameter(std::string_view rest, Visit visit) {
  while (true) {
    rest = trimmed(rest);
    if (rest.empty()) return true;
    if (!rest.starts_with(';')) return false;
    rest = trimmed(rest.substr(1));
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = rest.substr(0, equals);
    if (!is_token(name)) return false;
    rest.remove_prefix(equals + 1);
    const auto value = take_value(rest);
    if (!value || !visit(name, *value)) return false;
  }
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kLongestBoundary && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kBoundaryMarks.contains(c);
  });
}

/// What Content-Disposition says; false unless it names the part exactly once.
bool read_disposition(std::string_view value, FormPart& part) {
  const size_t semicolon = std::min(value.find(';'), value.size());
  if (!equal_ignoring_case(trimmed(value.substr(0, semicolon)), "form-data")) return false;
  size_t names = 0;
  const bool list = for_each_parameter(value.substr(semicolon), [&](std::string_view name,
                                                                    std::string_view text) {
    if (equal_ignoring_case(name, "name")) {
      part.name = text;
      ++names;
    } else if (equal_ignoring_case(name, "filename") || equal_ignoring_case(name, "filename*")) {
      part.file = true;
    } else {
      return false;
    }
    return true;
  });
  return list && names == 1 && !part.name.empty();
}

/// The header fields of a part, without the empty line.
bool read_part_head(std::string_view head, FormPart& part) {
  size_t dispositions = 0;
  while (!head.empty()) {
    const size_t end = head.find(kLineEnd);
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + kLineEnd.size());
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    const std::string_view value = trimmed(line.substr(colon + 1));
    const bool controls = std::ranges::any_of(value, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
    if (controls) return false;
    const std::string_view name = line.substr(0, colon);
    if (equal_ignoring_case(name, "content-disposition")) {
      if (++dispositions > 1 || !read_disposition(value, part)) return false;
    } else if (equal_ignoring_case(name, "content-transfer-encoding")) {
      return false;  // RFC 7578 section 4.7; who obeys it sees another value
    }
  }
  return dispositions == 1;
}

}  // namespace

std::optional<std::string_view> multipart_boundary(std::string_view content_type) {
  const size_t semicolon = std::min(content_type.find(';'), content_type.size());
  if (!equal_ignoring_case(trimmed(content_type.substr(0, semicolon)), "multipart/form-data")) {
    return std::nullopt;
  }
  std::optional<std::string_view> boundary;
  const bool list = for_each_parameter(content_type.substr(semicolon),
                                       [&](std::string_view name, std::string_view value) {
                                         if (!equal_ignoring_case(name, "boundary")) return true;
                                         if (boundary || !is_boundary(value)) return false;
                                         boundary = value;
                                         return true;
                                       });
  return list ? boundary : std::nullopt;
}

const FormPart* Form::find(std::string_view name) const {
  const auto found = std::ranges::find(parts, name, &FormPart::name);
  return found == parts.end() ? nullptr : &*found;
}

size_t Form::count(std::string_view name) const {
  return static_cast<size_t>(std::ranges::count(parts, name, &FormPart::name));
}

Form parse_form(std::string_view body, std::string_view boundary, const FormLimits& limits) {
  Form form;
  const std::string delimiter = "\r\n--" + std::string(boundary);
  // The first delimiter needs no line before it.
  if (!body.starts_with(std::string_view(delimiter).substr(kLineEnd.size()))) return form;
  size_t at = delimiter.size() - kLineEnd.size();
  while (body.substr(at, 2) == kLineEnd) {
    const size_t head_start = at + kLineEnd.size();
    const std::string_view window = body.substr(head_start, limits.part_head + 4);
    const size_t head_size = window.find("\r\n\r\n");
    if (head_size == std::string_view::npos) {
      if (window.size() > limits.part_head) form.fault = FormFault::HeadTooLarge;
      return form;
    }
    FormPart part;
    if (!read_part_head(window.substr(0, head_size), part)) return form;
    const size_t value_start = head_start + head_size + 4;
    const size_t end = find(body, delimiter, value_start);
    if (end == std::string_view::npos) return form;
    part.value = body.substr(value_start, end - value_start);
    if (form.parts.size() == limits.parts) {
      form.fault = FormFault::TooManyParts;
      return form;
    }
    form.parts.push_back(part);
    at = end + delimiter.size();
  }
  if (body.substr(at, 2) != "--") return form;
  const std::string_view rest = body.substr(at + 2);
  if ((rest.empty() || rest == kLineEnd) && !form.parts.empty()) form.fault = FormFault::None;
  return form;
}

}  // namespace srasta::http
