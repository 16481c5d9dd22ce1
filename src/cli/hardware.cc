#include "cli/hardware.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/encoding.h"
#include "process/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace srasta::cli {
namespace {

using inference::Gpu;
using inference::GpuVendor;
using inference::Hardware;

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;
constexpr base::Millis kPatience{5'000};
constexpr size_t kMostOutput = 64 * 1024;

/// These files say nothing of their size.
std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What stands behind `name:` in its first line; empty if there is none.
std::string field(const std::vector<std::string>& lines, std::string_view name) {
  for (const std::string& line : lines) {
    const size_t colon = line.find(':');
    if (colon == line.npos || trimmed(line.substr(0, colon)) != name) continue;
    return trimmed(line.substr(colon + 1));
  }
  return {};
}

std::optional<uint64_t> number(const std::string& text) {
  return base::parse_u64(trimmed(text));
}

uint64_t memory_of_machine(const std::string& root) {
  const std::string total = field(lines_of(content(root + "/proc/meminfo")), "MemTotal");
  return number(total.substr(0, total.find(' '))).value_or(0) * kKiB;
}

/// The least limit of this process's control group and those around it (cgroups(7), version 2).
std::optional<uint64_t> memory_of_group(const std::string& root) {
  std::optional<uint64_t> least;
  std::filesystem::path group;
  for (const std::string& line : lines_of(content(root + "/proc/self/cgroup"))) {
    if (line.starts_with("0::/")) group = line.substr(4);
  }
  while (true) {
    const auto limit = number(content((root + "/sys/fs/cgroup") / group / "memory.max"));
    if (limit && (!least || *limit < *least)) least = limit;
    if (group.empty()) return least;
    group = group.parent_path();
  }
}

void read_cpu(const std::string& root, Hardware& hardware) {
  const auto lines = lines_of(content(root + "/proc/cpuinfo"));
  for (const std::string& line : lines) hardware.cores += line.starts_with("processor") ? 1 : 0;
  // x86 and Arm name the line differently.
  const std::string flags = " " + field(lines, "flags") + field(lines, "Features") + " ";
  const auto has = [&](std::string_view flag) {
    return flags.find(" " + std::string(flag) + " ") != flags.npos;
  };
  hardware.avx2 = has("avx2");
  hardware.avx512 = has("avx512f");
  hardware.amx = has("amx_int8") || has("amx_bf16");
  hardware.neon = has("neon") || has("asimd");
}

/// Cards of AMD and Intel: NVIDIA's driver says nothing there.
void read_cards(const std::string& root, Hardware& hardware) {
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/sys/class/drm", failure)) {
    const std::string name = entry.path().filename().string();
    // card0-DP-1 is a plug.
    if (name.starts_with("card") && name.find('-') == name.npos) names.push_back(name);
  }
  std::ranges::sort(names);
  for (const std::string& name : names) {
    const std::string device = root + "/sys/class/drm/" + name + "/device/";
    const std::string vendor = trimmed(content(device + "vendor"));
    if (vendor != "0x1002" && vendor != "0x8086") continue;
    const auto memory = number(content(device + "mem_info_vram_total"));
    hardware.gpus.push_back({.vendor = vendor == "0x1002" ? GpuVendor::Amd : GpuVendor::Intel,
                             .name = name,
                             .memory = memory});
  }
}

/// Standard output of a program that is given `kPatience`; empty if it fails.
std::string output_of(const std::string& program, std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return {};
  const base::Descriptor reading(ends[0]);
  base::Descriptor writing(ends[1]);
  auto child = process::Child::spawn({.program = program,
                                      .arguments = std::move(arguments),
                                      .environment = {{"PATH", "/usr/bin:/bin"}},
                                      .inherited = {},
                                      .user = {},
                                      .output = writing.get()});
  writing.reset();
  if (!child) return {};
  const auto exit = child->wait(kPatience);
  const std::optional<process::Exit> ended = exit ? *exit : std::nullopt;
  if (!ended || !ended->clean()) return {};
  // A few lines, which the pipe holds.
  std::string text(kMostOutput, '\0');
  const ssize_t got = ::read(reading.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

/// Lines "NAME, MEGABYTES".
std::vector<Gpu> asked_of_nvidia(const std::string& root) {
  std::vector<Gpu> gpus;
  const std::string program = root + "/usr/bin/nvidia-smi";
  if (::access(program.c_str(), X_OK) != 0) return gpus;
  for (const std::string& line : lines_of(output_of(
           program, {"--query-gpu=name,memory.total", "--format=csv,noheader,nounits"}))) {
    const size_t comma = line.rfind(',');
    if (comma == line.npos) continue;
    const auto megabytes = number(line.substr(comma + 1));
    gpus.push_back({.vendor = GpuVendor::Nvidia,
                    .name = trimmed(line.substr(0, comma)),
                    .memory = megabytes ? std::optional(*megabytes * kMiB) : std::nullopt});
  }
  return gpus;
}

void read_nvidia(const std::string& root, Hardware& hardware) {
  std::vector<Gpu> gpus = asked_of_nvidia(root);
  std::error_code failure;
  if (gpus.empty()) {
    for (const auto& entry :
         std::filesystem::directory_iterator(root + "/proc/driver/nvidia/gpus", failure)) {
      const auto lines = lines_of(content((entry.path() / "information").string()));
      gpus.push_back(
          {.vendor = GpuVendor::Nvidia, .name = field(lines, "Model"), .memory = std::nullopt});
    }
  }
  hardware.gpus.insert(hardware.gpus.end(), gpus.begin(), gpus.end());
}

}  // namespace

Hardware read_hardware(const std::string& root) {
  Hardware hardware;
  hardware.memory = memory_of_machine(root);
  if (const auto limit = memory_of_group(root)) hardware.memory = std::min(hardware.memory, *limit);
  read_cpu(root, hardware);
  read_nvidia(root, hardware);
  read_cards(root, hardware);
  return hardware;
}

}  // namespace srasta::cli
