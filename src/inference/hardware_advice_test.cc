#include "inference/hardware_advice.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

constexpr uint64_t kGiB = 1ULL << 30;

Hardware host(uint64_t gib) {
  return {.memory = gib * kGiB, .cores = 8, .avx2 = true, .gpus = {}};
}

Hardware with(GpuVendor vendor, unsigned count, uint64_t gib, uint64_t host_gib = 64) {
  Hardware hardware = host(host_gib);
  for (unsigned i = 0; i < count; ++i) {
    hardware.gpus.push_back({.vendor = vendor, .name = "card", .memory = gib * kGiB});
  }
  return hardware;
}

bool says(const Advice& advice, std::string_view text) {
  return std::ranges::any_of(advice.reasons, [&](const std::string& reason) {
    return reason.find(text) != std::string::npos;
  });
}

struct Row {
  const char* name;
  Hardware hardware;
  const char* engine;
  const char* model;
  const char* form;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class AdviceFor : public testing::TestWithParam<Row> {};

TEST_P(AdviceFor, NamesTheLargestThatFits) {
  const Advice advice = advise(GetParam().hardware);

  EXPECT_EQ(advice.engine, GetParam().engine);
  EXPECT_EQ(advice.model, GetParam().model);
  EXPECT_EQ(advice.weights_form, GetParam().form);
  if (advice.engine.empty()) return;
  EXPECT_LE(advice.weights + advice.cache + advice.overhead, advice.room);
  EXPECT_NE(advice.snippet.find("kind: " + advice.engine), std::string::npos);
  EXPECT_FALSE(advice.bottleneck.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, AdviceFor,
    testing::Values(
        Row{"NoGpu2GiB", host(2), "", "", ""}, Row{"NoGpu4GiB", host(4), "llamacpp", "1B", "Q8_0"},
        Row{"NoGpu8GiB", host(8), "llamacpp", "3B", "Q8_0"},
        Row{"NoGpu16GiB", host(16), "llamacpp", "8B", "Q4_K_M"},
        Row{"NoGpu512GiB", host(512), "llamacpp", "8B", "Q4_K_M"},
        Row{"OldCpu", {.memory = 64 * kGiB, .cores = 4, .gpus = {}}, "llamacpp", "3B", "Q8_0"},
        Row{"Nvidia8", with(GpuVendor::Nvidia, 1, 8), "llamacpp", "3B", "Q4_K_M"},
        Row{"Nvidia12", with(GpuVendor::Nvidia, 1, 12), "llamacpp", "8B", "Q4_K_M"},
        Row{"Nvidia24", with(GpuVendor::Nvidia, 1, 24), "vllm", "14B", "AWQ 4-bit"},
        Row{"Nvidia80", with(GpuVendor::Nvidia, 1, 80), "vllm", "70B", "AWQ 4-bit"},
        Row{"TwoNvidia80", with(GpuVendor::Nvidia, 2, 80), "vllm", "70B", "BF16"},
        Row{"FourNvidia80", with(GpuVendor::Nvidia, 4, 80), "vllm", "70B", "BF16"},
        Row{"Amd24", with(GpuVendor::Amd, 1, 24), "llamacpp", "14B", "Q4_K_M"},
        Row{"Intel16", with(GpuVendor::Intel, 1, 16), "llamacpp", "8B", "Q8_0"}),
    [](const auto& row) { return row.param.name; });

TEST(HardwareAdvice, SaysWhyALargerModelIsNotForACpu) {
  const Advice advice = advise(host(64));
  EXPECT_TRUE(says(advice, "14B would fit, but gives about 2 token(s) a second"));
  EXPECT_NE(advice.bottleneck.find("bandwidth of memory"), std::string::npos);
  EXPECT_TRUE(says(advise({.memory = 64 * kGiB, .cores = 4, .gpus = {}}), "neither AVX2 nor NEON"));
}

TEST(HardwareAdvice, CountsNoGpuOfUnknownMemory) {
  Hardware hardware = host(16);
  hardware.gpus.push_back({.vendor = GpuVendor::Nvidia, .name = "Tesla", .memory = {}});
  const Advice advice = advise(hardware);
  EXPECT_EQ(advice.engine, "llamacpp");
  EXPECT_TRUE(says(advice, "NVIDIA Tesla: its memory is not known"));
  EXPECT_EQ(advice.snippet.find("-ngl"), std::string::npos);
}

TEST(HardwareAdvice, SplitsOverAPowerOfTwoOfEqualDevices) {
  const Advice advice = advise(with(GpuVendor::Nvidia, 3, 80));
  EXPECT_EQ(advice.room, 2 * 80 * kGiB / 10 * 9);
  EXPECT_NE(advice.snippet.find("\"--tensor-parallel-size\", \"2\""), std::string::npos);
}

TEST(HardwareAdvice, TakesTheVendorWithMoreMemory) {
  Hardware hardware = with(GpuVendor::Nvidia, 1, 8);
  hardware.gpus.push_back({.vendor = GpuVendor::Amd, .name = "card", .memory = 48 * kGiB});
  EXPECT_EQ(advise(hardware).model, "32B");
}

}  // namespace
}  // namespace srasta::inference
