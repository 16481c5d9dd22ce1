#include "base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}

TEST(Descriptor, ClosesWhatItOwnsExactlyOnce) {
  Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();

  Descriptor second = std::move(first);
  EXPECT_TRUE(is_open(number));
  second = Descriptor();

  EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, LeavesOpenWhatWasReleased) {
  Descriptor owner(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = owner.release();

  EXPECT_FALSE(owner.open());
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

}  // namespace
}  // namespace srasta::base
