#include "sandbox/output_text.h"

#include "base/encoding.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string_view name;
  std::string bytes;
  std::string text;
};

class OutputTextCase : public testing::TestWithParam<Case> {};

TEST_P(OutputTextCase, BecomesText) {
  EXPECT_EQ(to_text(GetParam().bytes).text, GetParam().text);
}

const std::string kUnknown = "\xEF\xBF\xBD";
const std::string kEscape = "\xE2\x90\x9B";

INSTANTIATE_TEST_SUITE_P(
    Of, OutputTextCase,
    testing::Values(Case{"Nothing", "", ""}, Case{"PlainText", "ok\n\tdone\n", "ok\n\tdone\n"},
                    Case{"OtherScripts", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x8E\x89",
                         "gr\xC3\xBC\xC3\x9F \xF0\x9F\x8E\x89"},
                    Case{"WindowsNewline", "a\r\nb", "a\nb"},
                    Case{"CarriageReturnThatHides", "evil\rgood", "evil\xE2\x90\x8Dgood"},
                    Case{"Backspace", "a\bb",
                         "a\xE2\x90\x88"
                         "b"},
                    Case{"Delete", "a\x7F", "a\xE2\x90\xA1"},
                    Case{"Nul", "a\0b"s,
                         "a\xE2\x90\x80"
                         "b"},
                    Case{"Colour", "\x1B[31mred\x1B[0m", "red"},
                    Case{"ColourOfManyParts", "\x1B[38;2;1;2;3mx", "x"},
                    Case{"Link", "\x1B]8;;http://evil/\x1B\\text\x1B]8;;\x1B\\", "text"},
                    Case{"Clipboard",
                         "\x1B]52;c;ZXZpbA==\x07"
                         "after",
                         "after"},
                    Case{"DeviceControl", "\x1BP1;2|17/6162\x1B\\x", "x"},
                    Case{"CharacterSet", "\x1B(0x\x1B(B", "x"},
                    Case{"Reset",
                         "\x1B"
                         "cx",
                         "x"},
                    Case{"EightBitControl",
                         "\xC2\x9B"
                         "31mred",
                         "red"},
                    Case{"EightBitString",
                         "\xC2\x9D"
                         "52;c;YQ==\xC2\x9Cx",
                         "x"},
                    Case{"OtherC1", "\xC2\x85", "\\u{85}"},
                    Case{"StringWithoutEnd", "\x1B]0;title", kEscape + "]0;title"},
                    Case{"StringAcrossLines", "\x1B]0;a\nb\x07", kEscape + "]0;a\nb\xE2\x90\x87"},
                    Case{"StringInterrupted", "\x1B]0;a\x1B[31mb", kEscape + "]0;ab"},
                    Case{"LoneEscapeAtTheEnd", "a\x1B", "a" + kEscape},
                    Case{"ColourWithoutEnd", "\x1B[31", kEscape + "[31"},
                    Case{"LoneContinuation", "a\x80z", "a" + kUnknown + "z"},
                    Case{"Overlong", "\xC0\xAF", kUnknown + kUnknown},
                    Case{"OverlongOfThree", "\xE0\x80\xAF", kUnknown + kUnknown + kUnknown},
                    Case{"Surrogate", "\xED\xA0\x80", kUnknown + kUnknown + kUnknown},
                    Case{"BeyondUnicode", "\xF4\x90\x80\x80",
                         kUnknown + kUnknown + kUnknown + kUnknown},
                    Case{"CutCharacter", "\xE2\x82", kUnknown},
                    Case{"CutThenText", "\xE2\x82z", kUnknown + "z"},
                    Case{"RightToLeftOverride",
                         "a\xE2\x80\xAE"
                         "b",
                         "a\\u{202E}b"},
                    Case{"Isolate", "\xE2\x81\xA6", "\\u{2066}"},
                    Case{"ZeroWidth", "\xE2\x80\x8B", "\\u{200B}"},
                    Case{"Tag", "\xF3\xA0\x81\x81", "\\u{E0041}"},
                    Case{"LineSeparator", "\xE2\x80\xA8", "\\u{2028}"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OutputText, CountsWhatItDid) {
  const OutputText text = to_text("\x1B[1mb\x1B[0m\xFF\x01\xE2\x80\xAE");

  EXPECT_EQ(text.sequences, 2U);
  EXPECT_EQ(text.replaced, 1U);
  EXPECT_EQ(text.controls, 1U);
  EXPECT_EQ(text.invisible, 1U);
}

TEST(OutputText, HidesNothingBehindAStringThatIsTooLong) {
  const std::string payload(5'000, 'x');

  EXPECT_EQ(to_text("\x1B]0;" + payload + "\x07").text, kEscape + "]0;" + payload + "\xE2\x90\x87");
}

TEST(OutputText, IsUtf8WithoutControlsForAnyBytes) {
  std::mt19937 random(7);
  constexpr std::string_view kLikely = "\x1B[]P\\m;0\x07\xC2\x9B\x9D\xE2\x80\xAE\r\n\xF0\xFF";
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes;
    for (unsigned left = random() % 40; left > 0; --left) {
      bytes += random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    }
    const std::string text = to_text(bytes).text;
    EXPECT_TRUE(base::is_utf8(text));
    for (const char byte : text) {
      EXPECT_TRUE(byte < 0 || byte >= ' ' || byte == '\n' || byte == '\t');
      EXPECT_NE(byte, '\x7F');
    }
    EXPECT_EQ(to_text(text).text, text) << "what is text already stays as it is";
  }
}

TEST(OutputText, TakesManyIntroducersInLinearTime) {
  std::string bytes;
  for (int count = 0; count < 200'000; ++count) bytes += "\x1B]";

  EXPECT_EQ(to_text(bytes).controls, 200'000U);
}

}  // namespace
}  // namespace srasta::sandbox
