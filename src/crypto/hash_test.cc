#include "crypto/hash.h"

#include "base/encoding.h"

#include <numeric>

#include <gtest/gtest.h>

namespace srasta::crypto {
namespace {

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(base::to_hex(bytes_of(sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base::to_hex(bytes_of(sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, GivesTheSameForPartsAtOnce) {
  EXPECT_EQ(sha256_joined({"a", "", "bc"}), sha256("abc"));
  EXPECT_EQ(sha256_joined({}), sha256(""));
  std::string text(300, '\0');
  std::iota(text.begin(), text.end(), 'a');
  const std::string_view whole = text;
  for (size_t first = 0; first <= text.size(); ++first) {
    const size_t second = std::min<size_t>(first + 65, text.size());
    EXPECT_EQ(sha256_joined({whole.substr(0, first), whole.substr(first, second - first),
                             whole.substr(second)}),
              sha256(text))
        << first;
  }
}

TEST(Sha2, MatchesFips180) {
  EXPECT_EQ(base::to_hex(sha384("abc")),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(base::to_hex(sha512("abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Digest, ComesBackFromItsBytesOnly) {
  const Digest digest = sha256("abc");

  EXPECT_EQ(digest_from(bytes_of(digest)), digest);
  EXPECT_FALSE(digest_from(bytes_of(digest).substr(1)));
  EXPECT_FALSE(digest_from(std::string(33, 'x')));
}

TEST(Sha256, GivesTheSameForPartsAndStartsAfresh) {
  Sha256 hash;
  hash.update("a");
  hash.update("bc");

  EXPECT_EQ(hash.finish(), sha256("abc"));
  EXPECT_EQ(hash.finish(), sha256(""));
}

TEST(HmacSha256, MatchesRfc4231Case2) {
  EXPECT_EQ(base::to_hex(bytes_of(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace srasta::crypto
