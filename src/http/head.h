#pragma once

#include "http/fields.h"

#include <cstdint>
#include <string_view>

namespace srasta::http {

/// Why a head was refused. Each is one answer (see `specs`: 400, 417, 431, 505) or, for an
/// upstream's head, one kind of bad gateway.
enum class HeadFault : uint8_t {
  None,
  BadRequestLine,
  BadStatusLine,
  BadHeader,
  BadConnectionOption,
  BadHost,
  BadPath,
  BadFraming,
  UnknownExpectation,
  UnsupportedVersion,
  TooLarge,
  TooManyFields,
};

/// How the end of a body is known (RFC 9112 section 6).
enum class Framing : uint8_t { None, Length, Chunked, UntilClose };

struct HeadLimits {
  size_t bytes = 32 * 1024;
  size_t fields = 100;
  size_t target = 8 * 1024;
};

/// Finds the end of a head in bytes that arrive in arbitrary pieces. Lines must end in CRLF: a bare
/// LF or CR is refused as soon as it is seen.
class HeadScanner {
 public:
  enum class State : uint8_t { NeedMore, Complete, Bad, TooLarge };

  /// `buffer` starts at the head and holds everything so far. After Complete, `size()` bytes belong
  /// to the head, its empty line included.
  State scan(std::string_view buffer, const HeadLimits& limits);
  [[nodiscard]] size_t size() const { return line_; }
  /// After Bad: whether the fault is in the start line.
  [[nodiscard]] bool in_start_line() const { return line_ == 0; }
  void reset() { *this = HeadScanner{}; }

 private:
  size_t line_ = 0;     // start of the line being read
  size_t scanned_ = 0;  // bytes already looked at
};

/// A request head (RFC 9112), stricter than the RFC where leniency lets two readers disagree. Views
/// point into the parsed bytes.
struct RequestHead {
  std::string_view method;
  std::string_view target;     ///< as received
  std::string_view path;       ///< target without scheme and authority, query included
  std::string_view authority;  ///< of Host; empty only for HTTP/1.0
  Fields fields;
  Framing framing = Framing::None;
  uint64_t length = 0;  ///< of the body, with Framing::Length
  bool keep_alive = false;
  bool http_1_0 = false;
  bool expects_continue = false;
};

/// Parses what `HeadScanner` delimited. On a fault `out` is unspecified.
[[nodiscard]] HeadFault parse_request_head(std::string_view head, const HeadLimits& limits,
                                           RequestHead& out);

/// Whether the first bytes of a connection can still become a request line: what is there of the
/// method is a token. Lets another protocol's bytes be refused at once instead of at the time
/// limit.
[[nodiscard]] bool may_begin_request(std::string_view bytes);

struct ResponseHead {
  int status = 0;
  Fields fields;
  Framing framing = Framing::None;
  uint64_t length = 0;
  bool keep_alive = false;
};

/// `to_head_request`: the request was HEAD, so no body follows whatever the fields say.
[[nodiscard]] HeadFault parse_response_head(std::string_view head, const HeadLimits& limits,
                                            bool to_head_request, ResponseHead& out);

/// host [":" port] as RFC 3986 allows it for http: no user information, port 0..65535.
[[nodiscard]] bool is_authority(std::string_view text);

/// A token of RFC 9110 section 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);

}  // namespace srasta::http
