#include "http/chunked.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

struct Decoded {
  std::string body;
  bool done = false;
  ChunkFault fault = ChunkFault::None;
  size_t consumed = 0;
};

Decoded decode(std::string_view input, size_t piece) {
  ChunkedDecoder decoder;
  Decoded out;
  while (out.consumed < input.size() && !decoder.done() && decoder.fault() == ChunkFault::None) {
    const auto step = decoder.next(input.substr(out.consumed, piece));
    out.body += step.data;
    out.consumed += step.consumed;
  }
  out.done = decoder.done();
  out.fault = decoder.fault();
  return out;
}

TEST(ChunkedDecoder, GivesTheSameForEverySplit) {
  constexpr std::string_view kInput =
      "5;a=b;c=\"d\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Checksum: 1\r\n\r\nGET";
  for (size_t piece = 1; piece <= kInput.size(); ++piece) {
    const Decoded decoded = decode(kInput, piece);
    EXPECT_TRUE(decoded.done);
    EXPECT_EQ(decoded.body, "hello world");
    EXPECT_EQ(decoded.consumed, kInput.size() - 3);
  }
}

TEST(ChunkedDecoder, RefusesLooseSyntax) {
  for (const char* input : {"-5\r\n", "+5\r\n", "0x5\r\n", "5h\r\n", " 5\r\n", "5 \r\n", "\r\n",
                            ";x\r\n", "5\n", "5;a\n", "5\rx", "1\r\nab", "1\r\na\n", "1\r\na\rb",
                            "00000000000000005\r\n", "0\r\nbad trailer\r\n", "0\r\n\n"}) {
    EXPECT_EQ(decode(input, 1).fault, ChunkFault::Syntax) << input;
  }
}

TEST(ChunkedDecoder, AnnouncesHugeChunksBeforeTheirBytes) {
  ChunkedDecoder decoder;
  (void)decoder.next("FFFFFFFFFFFFFFFF\r\n");
  EXPECT_EQ(decoder.announced(), UINT64_MAX);
}

TEST(ChunkedDecoder, KeepsOneTrailerFieldIfItCameOnce) {
  const auto kept = [](std::string_view trailers, size_t piece) {
    const std::string input = "1\r\na\r\n0\r\n" + std::string(trailers) + "\r\n";
    ChunkedDecoder decoder;
    decoder.keep_trailer("X-Mac");
    for (size_t at = 0; at < input.size() && !decoder.done();) {
      at += decoder.next(std::string_view(input).substr(at, piece)).consumed;
    }
    EXPECT_TRUE(decoder.done());
    return std::string(decoder.trailer().value_or("none"));
  };
  for (const size_t piece : {1U, 3U, 1000U}) {
    EXPECT_EQ(kept("", piece), "none");
    EXPECT_EQ(kept("Host: evil\r\nx-mac:\t ab \r\nX-Mac2: c\r\n", piece), "ab");
    EXPECT_EQ(kept("X-Mac: ab\r\nX-MAC: ab\r\n", piece), "none");
    EXPECT_EQ(kept("X-Mac:\r\n", piece), "");
  }
}

TEST(ChunkedDecoder, BoundsTrailers) {
  std::string input = "0\r\n";
  for (int i = 0; i < 10'000; ++i) input += "X-T: v\r\n";
  EXPECT_EQ(decode(input, 4096).fault, ChunkFault::TrailerTooLarge);
}

}  // namespace
}  // namespace srasta::http
