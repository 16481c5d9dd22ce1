#include "http/head.h"

#include "base/encoding.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <string>

namespace srasta::http {
namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<uint8_t>(c)] = true;
  return table;
}
constexpr auto kToken = make_token_table();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/// The next line without its CRLF; `rest` moves behind it.
std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 2));
  return line;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

HeadFault parse_fields(std::string_view rest, const HeadLimits& limits, Fields& fields) {
  fields.clear();
  while (true) {
    const std::string_view line = take_line(rest);
    if (line.empty()) return HeadFault::None;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return HeadFault::BadHeader;
    }
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return HeadFault::BadHeader;
    if (fields.size() == limits.fields) return HeadFault::TooManyFields;
    fields.add({line.substr(0, colon), value});
  }
}

/// Content-Length and Transfer-Encoding. `none` is what their absence means.
HeadFault parse_framing(const Fields& fields, bool http_1_0, Framing none, Framing& framing,
                        uint64_t& length) {
  const size_t lengths = fields.count("content-length");
  const size_t encodings = fields.count("transfer-encoding");
  framing = none;
  length = 0;
  if (lengths + encodings == 0) return HeadFault::None;
  if (lengths + encodings > 1) return HeadFault::BadFraming;
  if (encodings == 1) {
    if (http_1_0 ||
        !base::equal_ignoring_case(fields.find("transfer-encoding").value_or(""), "chunked")) {
      return HeadFault::BadFraming;
    }
    framing = Framing::Chunked;
    return HeadFault::None;
  }
  const auto value = base::parse_u64(fields.find("content-length").value_or(""));
  if (!value) return HeadFault::BadFraming;
  framing = Framing::Length;
  length = *value;
  return HeadFault::None;
}

/// Connection is a list of tokens, and a field that ends at this hop may not be one that the gates
/// read.
HeadFault check_connection_options(const Fields& fields) {
  constexpr std::array<std::string_view, 8> kForbidden = {
      "host",          "content-length", "transfer-encoding", "content-type",
      "authorization", "x-api-key",      "api-key",           "expect"};
  HeadFault fault = HeadFault::None;
  for (const Field& field : fields) {
    if (!base::equal_ignoring_case(field.name, "connection")) continue;
    for_each_element(field.value, [&](std::string_view option) {
      // RFC 9110 section 5.6.1.2: empty elements are ignored.
      if (option.empty()) return;
      if (!is_token(option)) fault = HeadFault::BadHeader;
      const bool forbidden = std::ranges::any_of(kForbidden, [&](std::string_view name) {
        return base::equal_ignoring_case(option, name);
      });
      if (forbidden) fault = HeadFault::BadConnectionOption;
    });
  }
  return fault;
}

HeadFault parse_version(std::string_view text, bool& http_1_0) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return HeadFault::BadRequestLine;
  }
  if (text[5] != '1' || text[7] > '1') return HeadFault::UnsupportedVersion;
  http_1_0 = text[7] == '0';
  return HeadFault::None;
}

HeadFault parse_request_line(std::string_view line, const HeadLimits& limits, RequestHead& out) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return HeadFault::BadRequestLine;
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  if (!is_token(out.method) || out.target.empty()) return HeadFault::BadRequestLine;
  if (const HeadFault fault = parse_version(line.substr(second + 1), out.http_1_0);
      fault != HeadFault::None) {
    return fault;
  }
  if (out.target.size() > limits.target) return HeadFault::TooLarge;
  const bool printable =
      std::ranges::all_of(out.target, [](char c) { return c > 0x20 && c < 0x7F; });
  return printable ? HeadFault::None : HeadFault::BadPath;
}

/// Origin-form, absolute-form, `*` for OPTIONS, authority-form for CONNECT (RFC 9112 section 3.2).
HeadFault split_target(RequestHead& head, std::string_view& target_authority) {
  target_authority = {};
  head.path = head.target;
  if (head.target.starts_with('/')) return HeadFault::None;
  if (head.target == "*" && head.method == "OPTIONS") return HeadFault::None;
  if (head.method == "CONNECT") return HeadFault::None;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!base::equal_ignoring_case(head.target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = head.target.substr(scheme.size());
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return HeadFault::BadPath;
    if (slash == 0) return HeadFault::BadHost;
    target_authority = rest.substr(0, slash);
    head.path = rest.substr(slash);
    return HeadFault::None;
  }
  return HeadFault::BadPath;
}

HeadFault check_host(RequestHead& head, std::string_view target_authority) {
  const size_t hosts = head.fields.count("host");
  if (hosts > 1 || (hosts == 0 && !head.http_1_0)) return HeadFault::BadHost;
  head.authority = head.fields.find("host").value_or("");
  if (hosts == 1 && !is_authority(head.authority)) return HeadFault::BadHost;
  if (target_authority.empty()) return HeadFault::None;
  if (!is_authority(target_authority)) return HeadFault::BadHost;
  if (hosts == 1 && !base::equal_ignoring_case(target_authority, head.authority)) {
    return HeadFault::BadHost;
  }
  return HeadFault::None;
}

HeadFault parse_expectation(RequestHead& head) {
  head.expects_continue = false;
  const auto expect = head.fields.find("expect");
  if (!expect) return HeadFault::None;
  if (head.fields.count("expect") > 1 || !base::equal_ignoring_case(*expect, "100-continue")) {
    return HeadFault::UnknownExpectation;
  }
  head.expects_continue = !head.http_1_0;
  return HeadFault::None;
}

bool is_ipv6_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text.substr(1, text.size() - 2)).c_str(), &address) == 1;
}

bool is_reg_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
  });
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return kToken[static_cast<uint8_t>(c)]; });
}

bool is_authority(std::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
    unsigned value = 0;
    for (const char c : port) value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 65535) return false;
  }
  const std::string_view host = text.substr(0, colon);
  return is_ipv6_literal(host) || is_reg_name(host);
}

HeadScanner::State HeadScanner::scan(std::string_view buffer, const HeadLimits& limits) {
  while (scanned_ < buffer.size()) {
    const void* const found = std::memchr(buffer.data() + scanned_, '\n', buffer.size() - scanned_);
    if (found == nullptr) {
      scanned_ = buffer.size();
      break;
    }
    const auto newline = static_cast<size_t>(static_cast<const char*>(found) - buffer.data());
    if (newline >= limits.bytes) return State::TooLarge;
    const std::string_view line = buffer.substr(line_, newline - line_);
    if (line.find('\r') + 1 != line.size() || line.empty()) return State::Bad;
    if (line.size() == 1 && line_ == 0) return State::Bad;
    scanned_ = newline + 1;
    line_ = scanned_;
    if (line.size() == 1) return State::Complete;
  }
  if (buffer.size() >= limits.bytes) return State::TooLarge;
  const std::string_view partial = buffer.substr(line_);
  const size_t cr = partial.find('\r');
  return cr != std::string_view::npos && cr + 1 < partial.size() ? State::Bad : State::NeedMore;
}

bool may_begin_request(std::string_view bytes) {
  if (bytes.starts_with('\r')) return bytes.size() == 1;
  const size_t space = bytes.find(' ');
  return bytes.empty() || is_token(bytes.substr(0, space));
}

HeadFault parse_request_head(std::string_view head, const HeadLimits& limits, RequestHead& out) {
  const std::string_view line = take_line(head);
  std::string_view target_authority;
  HeadFault fault = parse_request_line(line, limits, out);
  if (fault == HeadFault::None) fault = parse_fields(head, limits, out.fields);
  if (fault == HeadFault::None) fault = split_target(out, target_authority);
  if (fault == HeadFault::None) fault = check_host(out, target_authority);
  if (fault == HeadFault::None) fault = check_connection_options(out.fields);
  if (fault == HeadFault::None) {
    fault = parse_framing(out.fields, out.http_1_0, Framing::None, out.framing, out.length);
  }
  if (fault == HeadFault::None) fault = parse_expectation(out);
  out.keep_alive = !out.http_1_0 && !out.fields.lists("connection", "close");
  return fault;
}

HeadFault parse_response_head(std::string_view head, const HeadLimits& limits, bool to_head_request,
                              ResponseHead& out) {
  const std::string_view line = take_line(head);
  bool http_1_0 = false;
  if (line.size() < 13 || line[8] != ' ' || line[12] != ' ' ||
      parse_version(line.substr(0, 8), http_1_0) != HeadFault::None ||
      !std::ranges::all_of(line.substr(9, 3), is_digit) || line[9] == '0' ||
      !is_field_value(line)) {
    return HeadFault::BadStatusLine;
  }
  out.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (const HeadFault fault = parse_fields(head, limits, out.fields); fault != HeadFault::None) {
    return fault;
  }
  if (const HeadFault fault =
          parse_framing(out.fields, http_1_0, Framing::UntilClose, out.framing, out.length);
      fault != HeadFault::None) {
    return fault;
  }
  if (to_head_request || out.status < 200 || out.status == 204 || out.status == 304) {
    out.framing = Framing::None;
  }
  out.keep_alive =
      !http_1_0 && out.framing != Framing::UntilClose && !out.fields.lists("connection", "close");
  return HeadFault::None;
}

}  // namespace srasta::http
