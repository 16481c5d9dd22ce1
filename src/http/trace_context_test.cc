#include "http/trace_context.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

TEST(TraceParent, IsVersionZeroWithIdsThatAreNotZero) {
  EXPECT_TRUE(is_trace_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  for (const char* bad : {"", "nonsense", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                          "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(is_trace_parent(bad)) << bad;
  }
}

TEST(TraceParent, IsFoundIfThereIsExactlyOne) {
  constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Fields fields;
  EXPECT_FALSE(find_trace_parent(fields));
  fields.add({"TraceParent", kParent});
  ASSERT_TRUE(find_trace_parent(fields));
  EXPECT_EQ(trace_id_of(*find_trace_parent(fields)), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(parent_id_of(*find_trace_parent(fields)), "00f067aa0ba902b7");
  fields.add({"traceparent", kParent});
  EXPECT_FALSE(find_trace_parent(fields));
}

}  // namespace
}  // namespace srasta::http
