#include "tlog/note.h"

#include "base/encoding.h"
#include "tlog/testing/test_keys.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;

// The example of golang.org/x/mod/sumdb/note.
constexpr const char* kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kPeterLine =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";
const std::string kEnochLine =
    "\u2014 EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
    "\n";

std::string message(std::initializer_list<std::string> lines) {
  std::string bytes = std::string(kText) + "\n";
  for (const std::string& line : lines) bytes += line;
  return bytes;
}

std::vector<VerifierKey> keys(std::initializer_list<const char*> texts) {
  std::vector<VerifierKey> keys;
  for (const char* text : texts) keys.push_back(*VerifierKey::parse(text));
  return keys;
}

std::string with_wrong_bytes(std::string line) {
  line.insert(60, "ABCD");
  return line;
}

TEST(Note, IsSignedAsInTheReferenceExample) {
  Note note{kText, {}};
  ASSERT_TRUE(add_signature(note, *sign_text(kText, peter_signer())).ok());

  EXPECT_EQ(write_note(note), message({kPeterLine}));
}

TEST(Note, IsReadAndWrittenByteForByte) {
  const std::string bytes = message({kPeterLine, kEnochLine});
  const auto note = parse_note(bytes);

  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text, kText);
  ASSERT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(note->signatures[0].name, "PeterNeumann");
  EXPECT_EQ(note->signatures[0].id, 0xC74F20A3U);
  EXPECT_EQ(note->signatures[0].bytes.size(), 64U);
  EXPECT_EQ(write_note(*note), bytes);
}

TEST(Note, MayHaveEmptyLinesInItsText) {
  const std::string text =
      "Ognuno sta solo sul cuor della terra\n"
      "trafitto da un raggio di sole:\n"
      "\n"
      "ed \u00E8 subito sera.\n";
  const std::string bytes =
      text +
      "\n\u2014 quasimodo.example/salvatore "
      "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc="
      "\n";
  const auto note = parse_note(bytes);

  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text, text);
  EXPECT_EQ(write_note(*note), bytes);
}

TEST(Note, RefusesWhatIsNoNote) {
  const std::string text = kText;
  for (const std::string& bytes : std::initializer_list<std::string>{
           "",
           "\n",
           "\n\n",
           text,
           text + "\n",
           text + "\n\n",
           text + kPeterLine,
           text + "\n" + kPeterLine.substr(0, kPeterLine.size() - 1),
           text + "\n" + kPeterLine + "\n",
           text + "\n" + kPeterLine + "Unexpected line.\n",
           text + "\nUnexpected line.\n" + kPeterLine,
           "\x01" + text + "\n" + kPeterLine,
           "\xFF" + text + "\n" + kPeterLine,
           "a\tb\n\n" + kPeterLine,
           "a\r\n\n" + kPeterLine,
           text + "\r\n" + kPeterLine,
           text + "\n\u2014 Bad Name AAAAAAA=\n",
           text + "\n\u2014  AAAAAAA=\n",
           text + "\n\u2014 a+b AAAAAAA=\n",
           text + "\n\u2014 a\u00A0b AAAAAAA=\n",
           text + "\n\u2014 a\n",
           text + "\n\u2014 a \n",
           text + "\n\u2014 a AAAAAA==\n",
           text + "\n\u2014 a AAAAAAA\n",
           text + "\n\u2014 a AAAAAAB=\n",
           text + "\n\u2014 a AAAA-_A=\n",
           text + "\n\u2014 a AAAAAAA= \n",
           text + "\n\u2014 a  AAAAAAA=\n",
           text + "\n\u2014a AAAAAAA=\n",
           text + "\n- a AAAAAAA=\n",
           text + "\n\u2013 a AAAAAAA=\n",
           text + "\n \u2014 a AAAAAAA=\n",
       }) {
    EXPECT_EQ(parse_note(bytes).error().code, Code::Invalid) << bytes;
  }
  EXPECT_TRUE(parse_note(text + "\n\u2014 a AAAAAAA=\n"));
  EXPECT_TRUE(parse_note("\n\n\u2014 a AAAAAAA=\n"));
}

TEST(Note, IsBounded) {
  std::string hundred;
  for (size_t i = 0; i < kMostSignatures; ++i) hundred += kPeterLine;
  const std::string text = kText;

  EXPECT_TRUE(parse_note(text + "\n" + hundred));
  EXPECT_EQ(parse_note(text + "\n" + hundred + kPeterLine).error().code, Code::TooLarge);
  const std::string large(kMostNoteBytes - kPeterLine.size() - 2, 'a');
  EXPECT_TRUE(parse_note(large + "\n\n" + kPeterLine));
  EXPECT_EQ(parse_note(large + "a\n\n" + kPeterLine).error().code, Code::TooLarge);
}

TEST(SignatureLines, AreTheAnswerOfAWitness) {
  const auto lines = parse_signature_lines(kPeterLine + kEnochLine);

  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(signature_line((*lines)[0]) + signature_line((*lines)[1]), kPeterLine + kEnochLine);
  EXPECT_FALSE(parse_signature_lines(""));
  EXPECT_FALSE(parse_signature_lines("\n"));
  EXPECT_FALSE(parse_signature_lines(kPeterLine + "\n"));
  EXPECT_FALSE(parse_signature_lines("\n" + kPeterLine));
}

TEST(VerifyNote, TakesKnownKeysAndIgnoresOthers) {
  const Note note = *parse_note(message({kPeterLine, kEnochLine}));

  EXPECT_EQ(*verify_note(note, keys({kPeter})), (std::vector<VerifiedSignature>{{0, 0}}));
  EXPECT_EQ(*verify_note(note, keys({kEnoch})), (std::vector<VerifiedSignature>{{0, 1}}));
  EXPECT_EQ(*verify_note(note, keys({kEnoch, kPeter})),
            (std::vector<VerifiedSignature>{{1, 0}, {0, 1}}));
  EXPECT_EQ(verify_note(note, {}).error().code, Code::Unauthenticated);
}

TEST(VerifyNote, IgnoresAKeyThatSharesNameOrIdOnly) {
  Note note = *parse_note(message({kPeterLine}));
  note.signatures.push_back({"PeterNeumann", 0xC74F20A4, std::string(64, 'x')});
  note.signatures.push_back({"PeterNewman", 0xC74F20A3, std::string(64, 'x')});

  EXPECT_EQ(verify_note(note, keys({kPeter}))->size(), 1U);
}

TEST(VerifyNote, RefusesAWrongSignatureOfAKnownKeyWhateverElseIsRight) {
  for (const auto& lines : {std::pair{with_wrong_bytes(kPeterLine), kEnochLine},
                            std::pair{kEnochLine, with_wrong_bytes(kPeterLine)},
                            std::pair{kPeterLine, with_wrong_bytes(kPeterLine)}}) {
    const Note note = *parse_note(message({lines.first, lines.second}));
    EXPECT_EQ(verify_note(note, keys({kPeter, kEnoch})).error().code, Code::Unauthenticated);
  }
}

TEST(VerifyNote, CountsAKeyOnce) {
  const Note note = *parse_note(
      message({kPeterLine, kPeterLine, kEnochLine, kEnochLine, with_wrong_bytes(kEnochLine)}));

  EXPECT_EQ(*verify_note(note, keys({kPeter})), (std::vector<VerifiedSignature>{{0, 0}}));
  EXPECT_EQ(*verify_note(note, keys({kPeter, kPeter})), (std::vector<VerifiedSignature>{{0, 0}}));
}

TEST(VerifyNote, RefusesEveryChangedBit) {
  const std::string bytes = message({kPeterLine});
  const auto known = keys({kPeter});
  ASSERT_TRUE(verify_note(*parse_note(bytes), known).ok());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto note = parse_note(changed);
    EXPECT_FALSE(note.ok() && verify_note(*note, known).ok()) << bit;
  }
}

TEST(VerifyNote, RefusesSignaturesOfTheWrongLength) {
  Note note = *parse_note(message({kPeterLine}));
  for (const size_t size : {1U, 63U, 65U, 72U}) {
    note.signatures[0].bytes.resize(size);
    EXPECT_FALSE(verify_note(note, keys({kPeter}))) << size;
  }
}

TEST(SignText, RefusesWhatIsNoNoteTextAndCosigners) {
  const SignerKey key = new_signer("log");
  for (const std::string text : {"", "a", "a\n\x01\n", "\xFF\n", "a\r\n"}) {
    EXPECT_EQ(sign_text(text, key).error().code, Code::Invalid) << text;
  }
  EXPECT_TRUE(sign_text("\n", key));
  EXPECT_FALSE(sign_text("a\n", new_signer("w", SignatureType::CosignatureV1)));
}

TEST(AddSignature, ReplacesThatOfTheSameKey) {
  Note note{kText, {{"PeterNeumann", 0xC74F20A3, "old"}, {"other", 1, "x"}}};

  ASSERT_TRUE(add_signature(note, *sign_text(kText, peter_signer())).ok());

  ASSERT_EQ(note.signatures.size(), 2U);
  EXPECT_EQ(note.signatures[0].name, "other");
  EXPECT_EQ(signature_line(note.signatures[1]), kPeterLine);
}

TEST(AddSignature, IsBounded) {
  Note note{kText, {}};
  for (KeyId id = 0; id < kMostSignatures; ++id) {
    ASSERT_TRUE(add_signature(note, {"other", id, "x"}).ok());
  }
  EXPECT_EQ(add_signature(note, {"one more", 0, "x"}).error().code, Code::TooLarge);
  EXPECT_TRUE(add_signature(note, {"other", 7, "y"}).ok());
  EXPECT_EQ(note.signatures.size(), kMostSignatures);
}

}  // namespace
}  // namespace srasta::tlog
