#include "cli/hardware.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

using inference::GpuVendor;

constexpr uint64_t kGiB = 1ULL << 30;

class HardwareOf : public testing::Test {
 protected:
  HardwareOf() {
    root_ = testing::TempDir() + "srasta-hardware-XXXXXX";
    EXPECT_NE(::mkdtemp(root_.data()), nullptr);
    write("/proc/meminfo", "MemTotal:       33554432 kB\nMemFree: 1 kB\n");
    write(
        "/proc/cpuinfo",
        "processor\t: 0\nflags\t\t: fpu avx avx2 fma\n\nprocessor\t: 1\nflags\t\t: fpu avx avx2\n");
  }
  ~HardwareOf() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }

  std::string root_;
};

TEST_F(HardwareOf, AHostWithoutGpu) {
  const auto hardware = read_hardware(root_);

  EXPECT_EQ(hardware.memory, 32 * kGiB);
  EXPECT_EQ(hardware.cores, 2U);
  EXPECT_TRUE(hardware.avx2);
  EXPECT_FALSE(hardware.avx512 || hardware.amx || hardware.neon);
  EXPECT_TRUE(hardware.gpus.empty());
}

TEST_F(HardwareOf, AnArmHost) {
  write("/proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm\n");
  EXPECT_TRUE(read_hardware(root_).neon);
}

TEST_F(HardwareOf, AContainerHasWhatItsGroupsLeave) {
  write("/proc/self/cgroup", "0::/machine/box\n");
  write("/sys/fs/cgroup/machine/box/memory.max", "max\n");
  write("/sys/fs/cgroup/machine/memory.max", "8589934592\n");

  EXPECT_EQ(read_hardware(root_).memory, 8 * kGiB);
}

TEST_F(HardwareOf, AContainerThatSeesItsGroupAsTheTop) {
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "4294967296\n");

  EXPECT_EQ(read_hardware(root_).memory, 4 * kGiB);
}

TEST_F(HardwareOf, CardsOfAmdAndIntelWithoutTheirPlugs) {
  write("/sys/class/drm/card1/device/vendor", "0x1002\n");
  write("/sys/class/drm/card1/device/mem_info_vram_total", "25753026560\n");
  write("/sys/class/drm/card1-DP-1/device/vendor", "0x1002\n");
  write("/sys/class/drm/card0/device/vendor", "0x8086\n");
  write("/sys/class/drm/card2/device/vendor", "0x1a03\n");

  const auto gpus = read_hardware(root_).gpus;

  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].vendor, GpuVendor::Intel);
  EXPECT_FALSE(gpus[0].memory.has_value());
  EXPECT_EQ(gpus[1].vendor, GpuVendor::Amd);
  EXPECT_EQ(gpus[1].memory, 25'753'026'560U);
}

TEST_F(HardwareOf, NvidiaAsItsDriverSaysIt) {
  write("/proc/driver/nvidia/gpus/0000:01:00.0/information",
        "Model: \t\t NVIDIA L4\nIRQ:   \t\t 1\n");

  const auto gpus = read_hardware(root_).gpus;

  ASSERT_EQ(gpus.size(), 1U);
  EXPECT_EQ(gpus[0].name, "NVIDIA L4");
  EXPECT_FALSE(gpus[0].memory.has_value());
}

TEST_F(HardwareOf, NvidiaAsItsToolSaysIt) {
  write("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: NVIDIA L4\n");
  write("/usr/bin/nvidia-smi", "#!/bin/sh\necho 'NVIDIA L4, 23034'\necho 'Odd, [N/A]'\n");
  ASSERT_EQ(::chmod((root_ + "/usr/bin/nvidia-smi").c_str(), 0755), 0);

  const auto gpus = read_hardware(root_).gpus;

  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].memory, 23034ULL << 20);
  EXPECT_FALSE(gpus[1].memory.has_value());
}

TEST_F(HardwareOf, AToolThatFailsIsAsGoodAsNone) {
  write("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: NVIDIA L4\n");
  write("/usr/bin/nvidia-smi", "#!/bin/sh\necho 'NVIDIA L4, 23034'\nexit 9\n");
  ASSERT_EQ(::chmod((root_ + "/usr/bin/nvidia-smi").c_str(), 0755), 0);

  const auto gpus = read_hardware(root_).gpus;

  ASSERT_EQ(gpus.size(), 1U);
  EXPECT_FALSE(gpus[0].memory.has_value());
}

}  // namespace
}  // namespace srasta::cli
