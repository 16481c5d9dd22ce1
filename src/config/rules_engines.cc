#include "config/draft.h"
#include "config/engine.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

/// Whose files and processes an engine must not reach: everybody's, and the platform's.
constexpr auto kRefusedUsers = std::to_array<std::string_view>({"root", "srasta"});

/// What follows from it would only confuse.
bool is_refused(const Draft& draft, const std::string& key) {
  return std::ranges::find(draft.problems, key, &Problem::key) != draft.problems.end();
}

void check_program(Draft& draft, const Engine& engine, const std::string& key) {
  if (!engine.program.empty() && !engine.program.starts_with('/')) {
    complain(draft, key + ".program", fmt::format("\"{}\" is not an absolute path", engine.program),
             "where the program lies, e.g. /usr/local/bin/llama-server");
  }
  for (const std::string_view refused : kRefusedUsers) {
    if (engine.user != refused) continue;
    complain(draft, key + ".user", fmt::format("an engine must not run as {}", refused),
             fmt::format("an account of its own, e.g. {}", kEngineUser));
  }
}

void check_model(Draft& draft, const Engine& engine, const std::string& key) {
  const bool ollama = engine.kind == UpstreamKind::Ollama;
  if (ollama && !engine.model.empty()) {
    complain(draft, key + ".model", "has no meaning for ollama",
             "nothing: ollama serves what was pulled");
  }
  // A model that was refused for another reason is not missing.
  if (!ollama && engine.model.empty() && !draft.lines.contains(key + ".model")) {
    complain(draft, key + ".model", "missing",
             engine.kind == UpstreamKind::Vllm ? "the id or the folder of a model"
                                               : "absolute path of a GGUF file");
  }
  if (engine.kind == UpstreamKind::LlamaCpp && !engine.model.empty() &&
      !engine.model.starts_with('/')) {
    complain(draft, key + ".model", fmt::format("\"{}\" is not an absolute path", engine.model),
             "absolute path of a GGUF file");
  }
  if (engine.model.starts_with('-')) {
    complain(draft, key + ".model",
             fmt::format("\"{}\" would be taken for an option", engine.model),
             "the id or the folder of a model");
  }
}

void check_words(Draft& draft, const Engine& engine, const std::string& key) {
  for (const std::string& argument : engine.arguments) {
    if (!is_reserved_argument(argument)) continue;
    complain(draft, key + ".arguments",
             fmt::format("\"{}\" would change what the platform itself sets", argument),
             "options that leave address, port, model, TLS and key alone");
  }
  for (const std::string& variable : engine.environment) {
    if (may_be_passed(variable)) continue;
    complain(draft, key + ".environment", fmt::format("\"{}\" is not passed to engines", variable),
             "names that begin with CUDA_, GGML_, HIP_, HSA_, NVIDIA_, OLLAMA_, ONEAPI_, ROCR_, "
             "SYCL_, VLLM_ or ZE_ and hold no KEY, TOKEN, SECRET or PASSWORD; HF_HOME, "
             "HF_HUB_OFFLINE, OMP_NUM_THREADS, TRANSFORMERS_OFFLINE");
  }
}

}  // namespace

void check_engines(Draft& draft) {
  Inference& inference = draft.config.inference;
  std::set<std::string> names;
  for (const Upstream& upstream : inference.upstreams) names.insert(upstream.name.str());
  std::set<uint16_t> ports;
  for (size_t index = 0; index < inference.engines.size(); ++index) {
    const Engine& engine = inference.engines[index];
    const std::string key = fmt::format("inference.engines[{}]", index);
    if (!engine.name.empty() && !names.insert(engine.name.str()).second) {
      complain(draft, key + ".name", fmt::format("\"{}\" stands twice", engine.name.str()),
               "each name once, of engines and upstreams together");
    }
    if (engine.port != 0 && !ports.insert(engine.port).second) {
      complain(draft, key + ".port", fmt::format("{} stands twice", engine.port), "each port once");
    }
    if (engine.port != 0 && engine.port == draft.config.listen.port) {
      complain(draft, key + ".port", fmt::format("{} is the gateway's own", engine.port),
               "another port than that of `listen`");
    }
    check_program(draft, engine, key);
    if (!is_refused(draft, key + ".kind")) check_model(draft, engine, key);
    check_words(draft, engine, key);
    inference.upstreams.push_back(upstream_of(engine));
  }
}

}  // namespace srasta::config
