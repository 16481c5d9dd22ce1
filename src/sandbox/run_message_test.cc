#include "sandbox/run_message.h"

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

RunOrder example_order() {
  RunOrder order;
  order.job.argv = {"/usr/bin/env", "", "a b"};
  order.job.environment = {{"PATH", "/usr/bin"}, {"X", ""}};
  order.job.limits = {.wall = base::Millis(1),
                      .cpu = base::Seconds(2),
                      .memory = 3,
                      .processes = 4,
                      .open_files = 5,
                      .file_size = 6,
                      .tree_bytes = 7,
                      .tmp_bytes = 8,
                      .files = 9,
                      .output_kept = 10,
                      .output_total = 11};
  order.job.min_tier = Tier::T1c;
  order.job.loopback = true;
  order.capture = true;
  order.capture_limits = {.entries = 12, .changes = 13, .bytes = 14};
  return order;
}

RunEnd example_end() {
  return {.outcome = Outcome::Timeout,
          .status = 3,
          .signal = 9,
          .tier = Tier::T3,
          .wall = base::Micros(4),
          .cpu = base::Micros(5),
          .max_rss_bytes = 6,
          .output = {.head = "h", .tail = std::string("t\0", 2), .bytes_total = 7},
          .errors = {.head = "", .tail = "", .bytes_total = 8},
          .nothing_left = true,
          .changes = {{{.path = "a", .kind = Change::Kind::Added, .executable = true, .bytes = "x"},
                       {.path = "b", .kind = Change::Kind::Removed}}},
          .ignored = 9,
          .too_much_to_capture = true};
}

// Every field, as what was packed is packed again: a field that is forgotten on one side shows.
TEST(RunMessage, EveryFieldArrives) {
  const std::string order = pack(example_order());
  const auto arrived = unpack_order(order);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(pack(*arrived), order);
  EXPECT_EQ(arrived->job.argv, example_order().job.argv);
  EXPECT_EQ(arrived->job.limits.output_total, 11U);
  EXPECT_EQ(arrived->capture_limits.bytes, 14U);

  const std::string end = pack(base::Result<RunEnd>(example_end()));
  const auto ended = unpack_end(end);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(pack(ended), end);
  EXPECT_EQ(ended->outcome, Outcome::Timeout);
  EXPECT_EQ(ended->output.tail.size(), 2U);
  ASSERT_EQ(ended->changes->size(), 2U);
  EXPECT_EQ(ended->changes->back().kind, Change::Kind::Removed);

  const HostReport host{.strongest = Tier::T1, .missing = {"no t1c"}};
  EXPECT_EQ(pack(*unpack_host(pack(host))), pack(host));
}

TEST(RunMessage, ErrorsArriveAsTheyWere) {
  const auto ended =
      unpack_end(pack(base::Result<RunEnd>(base::make_error(base::Code::Unsupported, "weak"))));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, base::Code::Unsupported);
  EXPECT_EQ(ended.error().message, "weak");
}

TEST(RunMessage, WhatIsCutOffOrLongerIsNone) {
  const std::string order = pack(example_order());
  const std::string end = pack(base::Result<RunEnd>(example_end()));
  for (size_t size = 0; size < order.size(); ++size) {
    EXPECT_FALSE(unpack_order(order.substr(0, size))) << size;
  }
  for (size_t size = 0; size < end.size(); ++size) {
    EXPECT_EQ(unpack_end(end.substr(0, size)).error().code, base::Code::Invalid) << size;
  }
  EXPECT_FALSE(unpack_order(order + "x"));
  EXPECT_FALSE(unpack_end(end + "x"));
  EXPECT_FALSE(unpack_host(std::string(16, '\xff')));
}

}  // namespace
}  // namespace srasta::sandbox
