#include "sandbox/sealed_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

TEST(SealedBytes, AreReadInPlace) {
  SealedWriter writer = *SealedWriter::make();
  EXPECT_TRUE(writer.append("one"));
  EXPECT_TRUE(writer.append(" two"));
  const auto sealed = std::move(writer).seal();
  ASSERT_TRUE(sealed);
  const auto view = SealedView::map(sealed->get(), 7);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->bytes(), "one two");
  EXPECT_EQ(SealedView::map(sealed->get(), 6).error().code, base::Code::TooLarge);
  EXPECT_EQ(SealedView::map(seal("")->get(), 6)->bytes(), "");
}

TEST(SealedBytes, WhatCanStillChangeIsNotRead) {
  const base::Descriptor open(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::write(open.get(), "x", 1), 1);
  EXPECT_EQ(SealedView::map(open.get(), 10).error().code, base::Code::Invalid);
  ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
  EXPECT_EQ(SealedView::map(open.get(), 10).error().code, base::Code::Invalid);
  const base::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(SealedView::map(file.get(), 10).error().code, base::Code::Invalid);
  const auto sealed = seal("x");
  EXPECT_LT(::pwrite(sealed->get(), "y", 1, 0), 0);
}

}  // namespace
}  // namespace srasta::sandbox
