#include "config/engine.h"

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

const std::string kEngine =
    "inference:\n  engines:\n"
    "    - { name: own, kind: llamacpp, program: /opt/llama-server, model: /srv/m.gguf, port: "
    "9001,\n"
    "        concurrency: 4, environment: [GGML_LOG, HF_HOME, GGML_LOG] }\n"
    "  upstreams:\n    - { name: other, kind: openai, url: \"http://127.0.0.1:9002\" }\n"
    "  aliases: { coding: { routes: [ { upstream: own, model: m } ] } }\n";

TEST(Engines, BecomeUpstreamsBehindThoseOfTheFile) {
  const auto loaded = parse_config(kEngine, "FILE", {});

  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Inference& inference = loaded->config.inference;
  ASSERT_EQ(inference.upstreams.size(), 2U);
  EXPECT_EQ(inference.upstreams[0].name.view(), "other");
  EXPECT_EQ(inference.upstreams[1].name.view(), "own");
  EXPECT_EQ(inference.upstreams[1].url, "http://127.0.0.1:9001");
  EXPECT_EQ(inference.upstreams[1].kind, UpstreamKind::LlamaCpp);
  EXPECT_EQ(inference.upstreams[1].concurrency, 4U);
  EXPECT_FALSE(inference.upstreams[1].external);
  EXPECT_EQ(inference.engines[0].user, kEngineUser);
  EXPECT_EQ(inference.engines[0].ready_within, std::chrono::minutes(10));
}

TEST(Engines, GetVariablesThatChooseDevicesAndThoseThatAreNamed) {
  const auto loaded = parse_config(kEngine, "FILE", {});

  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(passed_variables(loaded->config.inference.engines[0]),
            (std::vector<std::string>{"CUDA_VISIBLE_DEVICES", "GGML_LOG", "HF_HOME",
                                      "HIP_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
                                      "ONEAPI_DEVICE_SELECTOR", "ROCR_VISIBLE_DEVICES"}));
}

TEST(Engines, SendTheirKeyToThemselvesAlone) {
  auto loaded = parse_config(kEngine + "  detect: false\n", "FILE", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  Inference& inference = loaded->config.inference;

  set_engine_key(inference, "/run/engine.key");

  EXPECT_EQ(inference.upstreams[0].key_file, "");
  EXPECT_EQ(inference.upstreams[1].key_file, "/run/engine.key");
  inference.engines[0].kind = UpstreamKind::Ollama;
  inference.upstreams[1].key_file.clear();
  set_engine_key(inference, "/run/engine.key");
  EXPECT_EQ(inference.upstreams[1].key_file, "");
}

TEST(Engines, AreGivenNoVariableOutsideTheListAndNoCredential) {
  for (const char* name : {"CUDA_CACHE_PATH", "OLLAMA_NUM_PARALLEL", "VLLM_ATTENTION_BACKEND",
                           "HSA_OVERRIDE_GFX_VERSION", "OMP_NUM_THREADS", "HF_HUB_OFFLINE"}) {
    EXPECT_TRUE(may_be_passed(name)) << name;
  }
  for (const char* name :
       {"", "PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "HF_TOKEN", "VLLM_API_KEY", "OLLAMA_HOST",
        "CUDA_SECRET", "OLLAMA_PASSWORD_FILE", "SRASTA_LISTEN", "HF_HOME2", "CUDA_A=B", "cuda_x"}) {
    EXPECT_FALSE(may_be_passed(name)) << name;
  }
}

TEST(Engines, AreToldWhereToListenByThePlatformAlone) {
  for (const char* argument : {"--host", "--host=0.0.0.0", "--port=1", "--ho", "--api-key",
                               "--api_key=x", "--api-key-file", "--uds=/tmp/s", "-m", "-mu", "-hf",
                               "--model", "--mod=x", "--config=f", "--ssl-keyfile"}) {
    EXPECT_TRUE(is_reserved_argument(argument)) << argument;
  }
  for (const char* argument : {"", "-", "--", "0.0.0.0", "-c", "4096", "--ctx-size", "-tp",
                               "--max-model-len=8192", "--served-model-name", "--parallel"}) {
    EXPECT_FALSE(is_reserved_argument(argument)) << argument;
  }
}

}  // namespace
}  // namespace srasta::config
