#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::inference {

enum class GpuVendor : uint8_t { Nvidia, Amd, Intel };

struct Gpu {
  GpuVendor vendor = GpuVendor::Nvidia;
  std::string name;
  std::optional<uint64_t> memory;  ///< bytes; nothing: not known
};

/// What a host has to run a model on.
struct Hardware {
  uint64_t memory = 0;  ///< bytes that processes here may use, whatever the machine has
  unsigned cores = 0;   ///< logical
  bool avx2 = false;
  bool avx512 = false;
  bool amx = false;
  bool neon = false;
  std::vector<Gpu> gpus;
};

/// What fits, and why. An estimate from sizes, nothing measured.
struct Advice {
  std::string engine;  ///< "llamacpp" or "vllm"; empty: nothing fits
  /// The class of dense models, e.g. "8B", with the form of the weights, e.g. "Q4_K_M".
  std::string model;
  std::string weights_form;
  uint64_t weights = 0;   ///< bytes
  uint64_t cache = 0;     ///< bytes, for `sequences` of `context` tokens
  uint64_t overhead = 0;  ///< bytes
  uint64_t room = 0;      ///< bytes that may be used for all three
  unsigned context = 0;
  unsigned sequences = 0;
  std::string bottleneck;
  std::vector<std::string> reasons;  ///< a sentence each
  std::string snippet;               ///< of a configuration file
};

/// The largest class of models that fits into the GPUs whose memory is known, all of one vendor;
/// else into the host's memory, unless it would be too slow there to read along. The arithmetic is
/// that of docs/engines.md. Pure.
[[nodiscard]] Advice advise(const Hardware& hardware);

}  // namespace srasta::inference
