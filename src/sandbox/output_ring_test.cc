#include "sandbox/output_ring.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

std::string letters(size_t count) {
  std::string text;
  for (size_t index = 0; index < count; ++index) {
    text += static_cast<char>('a' + static_cast<char>(index % 26));
  }
  return text;
}

TEST(OutputRing, KeepsAllOfWhatFits) {
  OutputRing ring(8);
  ring.append("abcde");
  ring.append("fgh");

  const Output output = ring.take();

  EXPECT_EQ(output.head + output.tail, "abcdefgh");
  EXPECT_EQ(output.bytes_total, 8U);
}

TEST(OutputRing, KeepsTheSameHoweverOutputIsCut) {
  const std::string text = letters(100);
  for (size_t kept : {0U, 1U, 2U, 7U, 50U, 99U, 100U, 200U}) {
    for (size_t piece = 1; piece <= text.size(); ++piece) {
      OutputRing ring(kept);
      for (size_t at = 0; at < text.size(); at += piece) ring.append(text.substr(at, piece));

      const Output output = ring.take();

      EXPECT_EQ(output.bytes_total, text.size());
      const std::string head = text.substr(0, kept / 2);
      EXPECT_EQ(output.head, head);
      const size_t rest = text.size() - head.size();
      EXPECT_EQ(output.tail, text.substr(text.size() - std::min(rest, kept - kept / 2)));
    }
  }
}

}  // namespace
}  // namespace srasta::sandbox
