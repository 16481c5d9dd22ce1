#include "config/engine.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr auto kDevices = std::to_array<std::string_view>(
    {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
     "ONEAPI_DEVICE_SELECTOR", "ROCR_VISIBLE_DEVICES"});
constexpr auto kFamilies =
    std::to_array<std::string_view>({"CUDA_", "GGML_", "HIP_", "HSA_", "NVIDIA_", "OLLAMA_",
                                     "ONEAPI_", "ROCR_", "SYCL_", "VLLM_", "ZE_"});
constexpr auto kSingle = std::to_array<std::string_view>(
    {"HF_HOME", "HF_HUB_OFFLINE", "OMP_NUM_THREADS", "TRANSFORMERS_OFFLINE"});
constexpr auto kCredentialWords =
    std::to_array<std::string_view>({"KEY", "TOKEN", "SECRET", "PASSWORD"});
/// Set by the platform itself.
constexpr std::string_view kOllamaHost = "OLLAMA_HOST";

// Of llama-server (tools/server/README.md) and `vllm serve`: place, model, credential, and files
// that can hold any of these.
constexpr auto kReservedLong = std::to_array<std::string_view>(
    {"--host", "--port", "--uds", "--model", "--model-url", "--model-tag", "--hf-repo", "--api-key",
     "--api-key-file", "--api-prefix", "--root-path", "--config", "--ssl-keyfile", "--ssl-certfile",
     "--ssl-key-file", "--ssl-cert-file"});
constexpr auto kReservedShort = std::to_array<std::string_view>({"-m", "-mu", "-hf", "-hfr"});
/// "--" and one letter: what is shorter ends the options and names none.
constexpr size_t kShortestLong = 3;

}  // namespace

Upstream upstream_of(const Engine& engine) {
  return {.name = engine.name,
          .kind = engine.kind,
          .url = fmt::format("http://{}:{}", kEngineHost, engine.port),
          .key_file = {},
          .ca_file = {},
          .concurrency = engine.concurrency,
          .queue = engine.queue,
          .speaks = engine.speaks};
}

std::string_view key_variable_of(UpstreamKind kind) {
  if (kind == UpstreamKind::Vllm) return "VLLM_API_KEY";
  return kind == UpstreamKind::LlamaCpp ? "LLAMA_API_KEY" : "";
}

std::string engine_key_file(const std::string& data_folder) {
  return data_folder + "/run/engine.key";
}

void set_engine_key(Inference& inference, const std::string& key_file) {
  for (const Engine& engine : inference.engines) {
    if (key_variable_of(engine.kind).empty()) continue;
    const auto upstream = std::ranges::find(inference.upstreams, engine.name, &Upstream::name);
    if (upstream != inference.upstreams.end()) upstream->key_file = key_file;
  }
}

std::vector<std::string> passed_variables(const Engine& engine) {
  std::set<std::string> names(engine.environment.begin(), engine.environment.end());
  names.insert(kDevices.begin(), kDevices.end());
  return {names.begin(), names.end()};
}

bool may_be_passed(std::string_view variable) {
  const auto begins = [&](std::string_view family) { return variable.starts_with(family); };
  const auto holds = [&](std::string_view word) { return variable.find(word) != variable.npos; };
  const bool name = std::ranges::all_of(variable, [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  if (!name || variable == kOllamaHost || std::ranges::any_of(kCredentialWords, holds))
    return false;
  return std::ranges::any_of(kFamilies, begins) ||
         std::ranges::find(kSingle, variable) != kSingle.end();
}

bool is_reserved_argument(std::string_view argument) {
  std::string name(argument.substr(0, argument.find('=')));
  if (std::ranges::find(kReservedShort, name) != kReservedShort.end()) return true;
  if (!name.starts_with("--") || name.size() < kShortestLong) return false;
  std::ranges::replace(name, '_', '-');
  // Python's argparse takes any beginning of an option that is not another's, too.
  return std::ranges::any_of(kReservedLong,
                             [&](std::string_view each) { return each.starts_with(name); });
}

}  // namespace srasta::config
