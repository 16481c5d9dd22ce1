// Question: does the tap let every byte through when it only watches, the same bytes and facts for
// every split when it removes, and nothing that did not come in? Input: a stream in which a byte 1
// stands for 16 KiB of text, so that the limits are in reach.
#include "inference/stream_tap.h"
#include "input.h"

#include <algorithm>
#include <string>

namespace {

using srasta::fuzz::require;

constexpr size_t kRun = size_t{16} << 10;
constexpr size_t kMostRuns = 20;
/// An event that is longer may be left out or not, as its pieces come.
constexpr size_t kLongestHeld = size_t{64} << 10;

std::string stretch(std::string_view input) {
  std::string stream;
  size_t runs = 0;
  for (const char c : input) {
    if (c != 1) {
      stream += c;
    } else if (++runs <= kMostRuns) {
      stream.append(kRun, 'x');
    }
  }
  return stream;
}

struct Relayed {
  std::string bytes;
  bool done = false;
  bool saw_error = false;
  bool usage = false;
  bool operator==(const Relayed&) const = default;
};

Relayed relay(std::string_view stream, size_t piece, bool remove) {
  srasta::inference::StreamTap tap(remove);
  Relayed out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    for (const std::string_view part : tap.feed(stream.substr(at, piece))) out.bytes += part;
  }
  out.bytes += tap.rest();
  out.done = tap.done();
  out.saw_error = tap.saw_error();
  out.usage = tap.usage().has_value();
  return out;
}

bool has_long_event(std::string_view stream) {
  size_t begin = 0;
  for (size_t at = 1; at < stream.size(); ++at) {
    const bool blank = (stream[at] == '\n' || stream[at] == '\r') && stream[at - 1] == stream[at];
    if (blank || stream.substr(at - 1).starts_with("\n\r\n")) begin = at;
    if (at - begin > kLongestHeld) return true;
  }
  return false;
}

bool is_subsequence(std::string_view part, std::string_view whole) {
  for (const char c : whole) {
    if (!part.empty() && part.front() == c) part.remove_prefix(1);
  }
  return part.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string stream = stretch(srasta::fuzz::text_of(data, size));
  const size_t small = stream.size() < kRun ? 1 : 61;
  const Relayed watched = relay(stream, stream.size() + 1, false);
  require(watched.bytes == stream && relay(stream, small, false) == watched);
  const Relayed removed = relay(stream, stream.size() + 1, true);
  require(is_subsequence(removed.bytes, stream));
  require(removed.done == watched.done && removed.saw_error == watched.saw_error &&
          removed.usage == watched.usage);
  if (has_long_event(stream)) return 0;
  for (const size_t piece : {small, small * 5, kRun})
    require(relay(stream, piece, true) == removed);
  return 0;
}
