#include "base/weak_secret.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

TEST(WeakSecret, IsEmptyOneByteRepeatedOrAKnownWord) {
  for (const std::string& weak :
       {std::string(), std::string("x"), std::string(32, '\0'), std::string(64, '0'),
        std::string("changeme"), std::string("ChangeMe"), std::string("EMPTY")}) {
    EXPECT_TRUE(is_weak_secret(weak)) << weak;
  }
  for (const std::string_view word : known_secrets()) EXPECT_TRUE(is_weak_secret(word)) << word;
}

TEST(WeakSecret, IsNothingElse) {
  for (const std::string& fine :
       {std::string(31, '\0') + '\1', std::string("0101"), std::string("changeme7"),
        std::string("sk-7f3a"), std::string(" changeme")}) {
    EXPECT_FALSE(is_weak_secret(fine)) << fine;
  }
}

}  // namespace
}  // namespace srasta::base
