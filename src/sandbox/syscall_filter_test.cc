#include "sandbox/syscall_filter.h"

#include <linux/filter.h>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

TEST(SyscallFilter, FitsInWhatTheKernelTakes) {
  for (const bool open : {false, true}) {
    const auto filter = build_filter({.internet_sockets = open,
                                      .unix_sockets = open,
                                      .metadata_by_path = open,
                                      .truncate_by_path = open,
                                      .other_processes = open});

    ASSERT_TRUE(filter.ok()) << filter.error().message;
    for (const std::string& program : {filter->calls, filter->arguments}) {
      EXPECT_GT(program.size(), sizeof(sock_filter));
      EXPECT_EQ(program.size() % sizeof(sock_filter), 0U);
      EXPECT_LE(program.size() / sizeof(sock_filter), size_t{BPF_MAXINSNS});
    }
  }
}

}  // namespace
}  // namespace srasta::sandbox
