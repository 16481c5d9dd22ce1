#include "http/chunked.h"

#include "base/encoding.h"
#include "http/head.h"

#include <algorithm>
#include <charconv>

namespace srasta::http {
namespace {

constexpr unsigned kMostDigits = 16;
constexpr size_t kMostLineBytes = 4096;
constexpr size_t kMostTrailerBytes = 32 * 1024;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_trailer_field(std::string_view line) {
  const size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon)) &&
         std::ranges::none_of(line, [](char c) {
           return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7F;
         });
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
  Step result;
  while (result.consumed < input.size() && fault_ == ChunkFault::None && state_ != State::Done) {
    if (state_ == State::Data) {
      const size_t take =
          static_cast<size_t>(std::min<uint64_t>(left_, input.size() - result.consumed));
      result.data = input.substr(result.consumed, take);
      result.consumed += take;
      left_ -= take;
      if (left_ == 0) state_ = State::DataCr;
      return result;
    }
    step(input[result.consumed++]);
  }
  return result;
}

void ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::Size:
      if (const int digit = hex_digit(c); digit >= 0)
        return size_digit(static_cast<unsigned>(digit));
      if (digits_ == 0) return fail(ChunkFault::Syntax);
      if (c == '\r')
        state_ = State::SizeLf;
      else if (c == ';')
        state_ = State::Extension;
      else
        fail(ChunkFault::Syntax);
      return;
    case State::Extension:
      return extension(c);
    case State::SizeLf:
      if (c != '\n') return fail(ChunkFault::Syntax);
      state_ = left_ == 0 ? State::Trailer : State::Data;
      digits_ = 0;
      line_bytes_ = 0;
      return;
    case State::DataCr:
      if (c != '\r') return fail(ChunkFault::Syntax);
      state_ = State::DataLf;
      return;
    case State::DataLf:
      if (c != '\n') return fail(ChunkFault::Syntax);
      state_ = State::Size;
      return;
    case State::Trailer:
      return trailer(c);
    case State::Data:
    case State::Done:
      return;
  }
}

/// Tokens, "=", ";", white space and quoted values (RFC 9112 section 7.1.1). A line end inside
/// quotes is where two readers would see different ends.
void ChunkedDecoder::extension(char c) {
  const bool is_control = (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7F;
  if (c == '\r' && !quoted_) {
    state_ = State::SizeLf;
  } else if (is_control || ++line_bytes_ > kMostLineBytes) {
    fail(ChunkFault::Syntax);
  } else if (quoted_) {
    quoted_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
  } else if (c == '"') {
    quoted_ = true;
  } else if (c != ';' && c != '=' && c != ' ' && c != '\t' && !is_token({&c, 1})) {
    fail(ChunkFault::Syntax);
  }
}

void ChunkedDecoder::size_digit(unsigned digit) {
  if (++digits_ > kMostDigits) return fail(ChunkFault::Syntax);
  left_ = left_ * 16 + digit;
}

void ChunkedDecoder::trailer(char c) {
  if (++trailer_bytes_ > kMostTrailerBytes) return fail(ChunkFault::TrailerTooLarge);
  if (c != '\n') {
    trailer_line_ += c;
    return;
  }
  if (!trailer_line_.ends_with('\r')) return fail(ChunkFault::Syntax);
  trailer_line_.pop_back();
  if (trailer_line_.empty()) {
    state_ = State::Done;
  } else if (!is_trailer_field(trailer_line_)) {
    fail(ChunkFault::Syntax);
  } else {
    keep(trailer_line_);
  }
  trailer_line_.clear();
}

void ChunkedDecoder::keep(std::string_view line) {
  const size_t colon = line.find(':');
  if (kept_name_.empty() || !base::equal_ignoring_case(line.substr(0, colon), kept_name_)) return;
  ++kept_count_;
  kept_value_ = trimmed(line.substr(colon + 1));
}

size_t write_chunk_size(uint64_t size, char* out) {
  char* end = std::to_chars(out, out + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<size_t>(end - out);
}

}  // namespace srasta::http
