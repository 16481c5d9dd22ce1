#include "identity/password.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

std::string normalised(std::string_view typed) {
  const auto password = normalised_password(typed);
  return password ? std::string(password->expose()) : "-";
}

std::optional<PasswordFault> fault(std::string_view password) {
  return fault_of_password(base::Secret(std::string(password)), "lena");
}

TEST(Password, IsOneWhateverKeyboardItWasTypedOn) {
  EXPECT_EQ(normalised("caf\u00e9 au lait"), normalised("cafe\u0301 au lait"));
  EXPECT_EQ(normalised("\uAC00"), normalised("\u1100\u1161"));
}

TEST(Password, KeepsEverythingElse) {
  EXPECT_EQ(normalised("  two spaces  "), "  two spaces  ");
  EXPECT_EQ(normalised(std::string_view("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(normalised("\ufb01"), "\ufb01");  // a ligature stays: NFC, not NFKC
  EXPECT_EQ(normalised("Ab"), "Ab");
}

TEST(Password, MustBeUtf8) {
  EXPECT_FALSE(normalised_password("\xff\xfe"));
}

TEST(Password, HasTwelveCharactersAtLeast) {
  EXPECT_EQ(fault("correct-hor"), PasswordFault::TooShort);
  EXPECT_EQ(fault("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"), PasswordFault::TooShort);
  EXPECT_FALSE(fault("correct-hors"));
}

TEST(Password, IsNoKnownOneAndNoPattern) {
  for (const char* password :
       {"aaaaaaaaaaaaaaa", "abcabcabcabcabc", "password1234", "Password!!!!"}) {
    EXPECT_EQ(fault(password), PasswordFault::Known) << password;
  }
}

TEST(Password, DoesNotHoldTheNameOfItsAccount) {
  EXPECT_EQ(fault("i-am-Lena-and-this"), PasswordFault::HasName);
  EXPECT_FALSE(fault_of_password(base::Secret("jo-is-a-name-too"), "jo"));
}

}  // namespace
}  // namespace srasta::identity
