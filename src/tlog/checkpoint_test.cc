#include "tlog/checkpoint.h"

#include "tlog/base64.h"
#include "tlog/note.h"
#include "tlog/tree_hash.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;

const std::string kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

TEST(Checkpoint, IsReadAndWrittenAsInTheExampleOfTheStandard) {
  const std::string text = "example.com/behind-the-sofa\n20852163\n" + kRoot + "\n";
  const Note note = *parse_note(
      text +
      "\n\u2014 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
      "\n");

  const auto checkpoint = parse_checkpoint(note.text);

  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, 20'852'163U);
  EXPECT_EQ(hash_to_base64(checkpoint->root), kRoot);
  EXPECT_TRUE(checkpoint->extensions.empty());
  EXPECT_EQ(*write_checkpoint(checkpoint->origin, checkpoint->size, checkpoint->root), text);
}

TEST(Checkpoint, KeepsExtensionLines) {
  const auto checkpoint = parse_checkpoint("log\n0\n" + kRoot + "\nfirst\nsecond line\n");

  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->extensions, (std::vector<std::string>{"first", "second line"}));
}

TEST(Checkpoint, TakesAnyOriginOfOneLine) {
  for (const std::string& origin :
       {std::string("a b+c"), std::string("\u65E5"), std::string(255, 'o')}) {
    EXPECT_EQ(parse_checkpoint(origin + "\n1\n" + kRoot + "\n")->origin, origin);
    EXPECT_TRUE(write_checkpoint(origin, 1, empty_root()));
  }
  for (const std::string& origin : {std::string(), std::string("a\nb"), std::string("a\r"),
                                    std::string("\xFF"), std::string(256, 'o')}) {
    EXPECT_FALSE(parse_checkpoint(origin + "\n1\n" + kRoot + "\n")) << origin;
    EXPECT_FALSE(write_checkpoint(origin, 1, empty_root())) << origin;
  }
}

TEST(Checkpoint, HasOneSpellingOfItsSize) {
  EXPECT_EQ(parse_checkpoint("log\n9223372036854775807\n" + kRoot + "\n")->size, kMostTreeSize);
  for (const char* size : {"", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1.0", "1\r",
                           "9223372036854775808", "18446744073709551616", "one"}) {
    EXPECT_EQ(parse_checkpoint(std::string("log\n") + size + "\n" + kRoot + "\n").error().code,
              Code::Invalid)
        << size;
  }
  EXPECT_FALSE(write_checkpoint("log", kMostTreeSize + 1, empty_root()));
}

TEST(Checkpoint, RefusesWhatIsNone) {
  for (const std::string& text : std::initializer_list<std::string>{
           "",
           "\n",
           "log\n",
           "log\n1\n",
           "log\n1\n" + kRoot,
           "log\n1\n\n",
           "log\n1\nAAAA\n",
           "log\n1\n" + kRoot + "=\n",
           "log\n1\n" + kRoot.substr(0, 43) + "\n",
           "log\n1\n " + kRoot + "\n",
           "log\n1\n" + kRoot + "\n\n",
           "log\n1\n" + kRoot + "\n\nextension\n",
           "log\n1\n" + kRoot + "\nextension\n\n",
           "log\n1\n" + kRoot + "\nextension",
           "log\n1\n" + kRoot + "\na\tb\n",
           "\nlog\n1\n" + kRoot + "\n",
           "log\r\n1\r\n" + kRoot + "\r\n",
           std::string("log\n1\n") + std::string(kRoot).replace(42, 1, "J") + "\n",
       }) {
    EXPECT_EQ(parse_checkpoint(text).error().code, Code::Invalid) << text;
  }
  EXPECT_EQ(
      parse_checkpoint("log\n1\n" + kRoot + "\n" + std::string(kMostCheckpointBytes, 'x') + "\n")
          .error()
          .code,
      Code::TooLarge);
}

}  // namespace
}  // namespace srasta::tlog
