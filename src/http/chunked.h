#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::http {

enum class ChunkFault : uint8_t { None, Syntax, TrailerTooLarge };

/// Decodes the chunked transfer coding (RFC 9112 section 7.1) from bytes in arbitrary pieces.
/// Extensions and trailers are checked, bounded and dropped, but for one trailer field on request.
class ChunkedDecoder {
 public:
  struct Step {
    size_t consumed = 0;    ///< bytes of the input that are done with
    std::string_view data;  ///< body bytes among them (a view into the input)
  };

  /// Keeps the value of the trailer field `name`, which must outlive the decoder.
  void keep_trailer(std::string_view name) { kept_name_ = name; }
  /// Once `done()`: the value of that field; nothing unless it came exactly once.
  [[nodiscard]] std::optional<std::string_view> trailer() const {
    return kept_count_ == 1 ? std::optional<std::string_view>(kept_value_) : std::nullopt;
  }

  /// Takes as much of `input` as gives one run of data; call again while `consumed > 0`, not
  /// `done()` and no fault.
  Step next(std::string_view input);
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  [[nodiscard]] ChunkFault fault() const { return fault_; }
  /// Bytes of the current chunk that are still to come, once its size line was read.
  [[nodiscard]] uint64_t announced() const { return state_ == State::Data ? left_ : 0; }

 private:
  enum class State : uint8_t { Size, Extension, SizeLf, Data, DataCr, DataLf, Trailer, Done };

  void step(char c);
  void extension(char c);
  void size_digit(unsigned digit);
  void trailer(char c);
  void keep(std::string_view line);
  void fail(ChunkFault fault) { fault_ = fault; }

  State state_ = State::Size;
  ChunkFault fault_ = ChunkFault::None;
  uint64_t left_ = 0;
  unsigned digits_ = 0;
  size_t line_bytes_ = 0;
  bool quoted_ = false;   // inside a quoted extension value
  bool escaped_ = false;  // behind a backslash there
  size_t trailer_bytes_ = 0;
  std::string trailer_line_;
  std::string_view kept_name_;
  std::string kept_value_;
  unsigned kept_count_ = 0;
};

/// "<hex size>\r\n" into `out` (at least 18 bytes); returns the length.
size_t write_chunk_size(uint64_t size, char* out);

}  // namespace srasta::http
