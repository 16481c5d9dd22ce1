#include "inference/hardware_advice.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace srasta::inference {
namespace {

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kGiB = 1 << 30;

constexpr unsigned kContext = 8192;
/// At once: one person at a CPU, a few at a GPU.
constexpr unsigned kSequencesCpu = 1;
constexpr unsigned kSequencesGpu = 4;
/// Buffers of the engine and its runtime; on each GPU. Assumed.
constexpr uint64_t kOverheadCpu = 512 * kMiB;
constexpr uint64_t kOverheadGpu = 1024 * kMiB;
/// For the system and the platform beside the engine. Assumed.
constexpr uint64_t kReserve = 2 * kGiB;
/// vLLM's default of --gpu-memory-utilization, in tenths; taken for llama.cpp, too.
constexpr uint64_t kGpuTenths = 9;
/// What a CPU reads a second with two channels of DDR4-3200, at best about half of it in practice
/// is kept for the estimate. Assumed.
constexpr uint64_t kCpuBytesPerSecond = 25'000'000'000;
/// Slower than that nobody reads along.
constexpr uint64_t kLeastTokensPerSecond = 3;
/// Without vector instructions a prompt takes minutes. Assumed.
constexpr uint64_t kMostParametersWithoutVectors = 4'000'000'000;
constexpr uint64_t kLeastForVllm = 16 * kGiB;

/// Dense models of one size. Parameters and cache are those of a published one of the class:
/// 2 (key, value) x layers x heads of keys x their width x 2 bytes (f16) for each token.
struct ModelClass {
  std::string_view name;
  uint64_t parameters;
  uint64_t cache_per_token;
};

constexpr auto kClasses = std::to_array<ModelClass>({
    {"70B", 70'600'000'000, 320 * kKiB},  // Llama 3.1 70B: 80 layers, 8 heads of 128
    {"32B", 32'800'000'000, 256 * kKiB},  // Qwen2.5 32B: 64, 8 of 128
    {"14B", 14'800'000'000, 192 * kKiB},  // Qwen2.5 14B: 48, 8 of 128
    {"8B", 8'030'000'000, 128 * kKiB},    // Llama 3.1 8B: 32, 8 of 128
    {"3B", 3'210'000'000, 112 * kKiB},    // Llama 3.2 3B: 28, 8 of 128
    {"1B", 1'240'000'000, 32 * kKiB},     // Llama 3.2 1B: 16, 8 of 64
});

/// Bits of a weight, in hundredths, the better form first.
struct Form {
  std::string_view name;
  uint64_t hundredths;
};

// GGUF: Q8_0 is 34 bytes for 32 weights; Q4_K_M is what llama.cpp's own table says of models of
// 7 to 8 billion parameters, rounded up.
constexpr auto kGguf = std::to_array<Form>({{"Q8_0", 850}, {"Q4_K_M", 490}});
// 4 bits with a scale and a zero of 16 and 4 bits for 128 weights, and layers that stay at 16 bits.
constexpr auto kVllmForms = std::to_array<Form>({{"BF16", 1600}, {"AWQ 4-bit", 470}});

std::string_view name_of(GpuVendor vendor) {
  switch (vendor) {
    case GpuVendor::Nvidia:
      return "NVIDIA";
    case GpuVendor::Amd:
      return "AMD";
    case GpuVendor::Intel:
      return "Intel";
  }
  return "";
}

std::string gib(uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(kGiB));
}

uint64_t weights_of(const ModelClass& size, const Form& form) {
  return size.parameters / 800 * form.hundredths;
}

/// Where the model would live.
struct Place {
  bool gpu = false;
  bool vllm = false;
  uint64_t room = 0;
  unsigned devices = 0;
};

/// GPUs of one vendor whose memory is known; those with the most together.
Place gpu_place(const Hardware& hardware, std::vector<std::string>& reasons) {
  Place best;
  for (const GpuVendor vendor : {GpuVendor::Nvidia, GpuVendor::Amd, GpuVendor::Intel}) {
    uint64_t memory = 0;
    uint64_t least = UINT64_MAX;
    unsigned count = 0;
    for (const Gpu& gpu : hardware.gpus) {
      if (gpu.vendor != vendor || !gpu.memory) continue;
      memory += *gpu.memory;
      least = std::min(least, *gpu.memory);
      ++count;
    }
    if (count == 0 || memory / 10 * kGpuTenths <= best.room) continue;
    best = {.gpu = true,
            .vllm = vendor == GpuVendor::Nvidia && least >= kLeastForVllm,
            .room = memory / 10 * kGpuTenths,
            .devices = count};
    // vLLM splits evenly, over a number of devices that divides a model's heads.
    if (best.vllm) best.devices = std::bit_floor(count);
    if (best.vllm) best.room = least * best.devices / 10 * kGpuTenths;
  }
  for (const Gpu& gpu : hardware.gpus) {
    if (gpu.memory) continue;
    reasons.push_back(fmt::format("{} {}: its memory is not known, so it is not counted.",
                                  name_of(gpu.vendor), gpu.name));
  }
  if (best.gpu) {
    reasons.push_back(fmt::format("{} GPU(s) with {} of use: nine tenths of their memory.",
                                  best.devices, gib(best.room)));
  }
  return best;
}

Place cpu_place(const Hardware& hardware, std::vector<std::string>& reasons) {
  const uint64_t room = hardware.memory > kReserve ? hardware.memory - kReserve : 0;
  reasons.push_back(
      fmt::format("No GPU whose memory is known: {} of {} memory are of use, {} are "
                  "for the system and the platform.",
                  gib(room), gib(hardware.memory), gib(std::min(kReserve, hardware.memory))));
  return {.room = room};
}

bool has_vectors(const Hardware& hardware) {
  return hardware.avx2 || hardware.avx512 || hardware.neon;
}

/// Why a class that fits is not for this CPU; empty: it is.
std::string too_slow(const Hardware& hardware, const ModelClass& size, uint64_t weights) {
  if (!has_vectors(hardware) && size.parameters > kMostParametersWithoutVectors) {
    return fmt::format("{} would fit, but this CPU has neither AVX2 nor NEON.", size.name);
  }
  const uint64_t tokens = kCpuBytesPerSecond / weights;
  if (tokens >= kLeastTokensPerSecond) return {};
  return fmt::format(
      "{} would fit, but gives about {} token(s) a second: each reads {} of weights.", size.name,
      tokens, gib(weights));
}

/// Fills in the first form that fits; whether one does.
bool fit(const Hardware& hardware, const Place& place, const ModelClass& size, Advice& advice) {
  const auto forms = place.vllm ? std::span<const Form>(kVllmForms) : std::span<const Form>(kGguf);
  std::string slow;
  for (const Form& form : forms) {
    const uint64_t weights = weights_of(size, form);
    const uint64_t cache = size.cache_per_token * kContext * advice.sequences;
    if (weights + cache + advice.overhead > place.room) continue;
    if (!place.gpu) {
      slow = too_slow(hardware, size, weights);
      if (!slow.empty()) continue;
    }
    advice.model = size.name;
    advice.weights_form = form.name;
    advice.weights = weights;
    advice.cache = cache;
    return true;
  }
  if (!slow.empty()) advice.reasons.push_back(slow);
  return false;
}

std::string bottleneck_of(const Hardware& hardware, const Place& place, const Advice& advice) {
  if (place.gpu) {
    return fmt::format("memory of the GPU: {} are left for more context or more requests at once",
                       gib(advice.room - advice.weights - advice.cache - advice.overhead));
  }
  const uint64_t tokens = kCpuBytesPerSecond / advice.weights;
  std::string text = fmt::format(
      "bandwidth of memory: about {} tokens a second at 25 GB/s, shared by all requests", tokens);
  if (!has_vectors(hardware)) text += "; long prompts are slow without AVX2 or NEON";
  if (hardware.amx) text += "; AMX helps with prompts, where the engine was built for it";
  return text;
}

std::string snippet_of(const Place& place, const Advice& advice) {
  if (place.vllm) {
    const std::string parallel =
        place.devices > 1 ? fmt::format(", \"--tensor-parallel-size\", \"{}\"", place.devices) : "";
    return fmt::format(
        "inference:\n  engines:\n    - name: local\n      kind: vllm\n"
        "      program: /opt/vllm/bin/vllm\n      model: /srv/models/MODEL-{}\n      port: 8001\n"
        "      concurrency: 64\n      arguments: [\"--max-model-len\", \"{}\"{}]\n",
        advice.model, advice.context, parallel);
  }
  const std::string layers = place.gpu ? ", \"-ngl\", \"999\"" : "";
  return fmt::format(
      "inference:\n  engines:\n    - name: local\n      kind: llamacpp\n"
      "      program: /usr/local/bin/llama-server\n"
      "      model: /srv/models/MODEL-{}-{}.gguf\n      port: 8081\n      concurrency: {}\n"
      "      arguments: [\"-c\", \"{}\", \"-np\", \"{}\"{}]\n",
      advice.model, advice.weights_form, advice.sequences, advice.context * advice.sequences,
      advice.sequences, layers);
}

}  // namespace

Advice advise(const Hardware& hardware) {
  Advice advice;
  advice.context = kContext;
  Place place = gpu_place(hardware, advice.reasons);
  if (!place.gpu) place = cpu_place(hardware, advice.reasons);
  advice.room = place.room;
  advice.sequences = place.gpu ? kSequencesGpu : kSequencesCpu;
  advice.overhead = place.gpu ? kOverheadGpu * place.devices : kOverheadCpu;
  const auto fits = [&](const ModelClass& size) { return fit(hardware, place, size, advice); };
  if (std::ranges::none_of(kClasses, fits)) {
    advice.reasons.emplace_back("Not even a model of 1B parameters fits: use an engine elsewhere.");
    return advice;
  }
  advice.engine = place.vllm ? "vllm" : "llamacpp";
  advice.reasons.push_back(
      fmt::format("{} in {}: {} of weights, {} of cache for {} x {} tokens, {} for buffers, of {}.",
                  advice.model, advice.weights_form, gib(advice.weights), gib(advice.cache),
                  advice.sequences, advice.context, gib(advice.overhead), gib(advice.room)));
  advice.reasons.emplace_back(
      place.vllm
          ? "vLLM: it batches requests of many callers on NVIDIA GPUs of 16 GiB and more."
          : "llama.cpp: it runs on CPUs and on GPUs of every vendor, with quantised weights.");
  advice.bottleneck = bottleneck_of(hardware, place, advice);
  advice.snippet = snippet_of(place, advice);
  return advice;
}

}  // namespace srasta::inference
