#include "cli/engine_starts.h"

#include "cli/engine_events.h"

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

config::Engine engine(config::UpstreamKind kind) {
  return {.name = base::UpstreamName("own"),
          .kind = kind,
          .program = "/opt/engine",
          .model = "/srv/m.gguf",
          .port = 9001,
          .arguments = {"-c", "4096"},
          .environment = {"HF_HOME"},
          .user = "srasta-engine",
          .ready_within = base::Millis(1500),
          .concurrency = 1,
          .queue = 1,
          .speaks = {}};
}

TEST(EngineStart, TellsEachKindWhereToListenInItsOwnWay) {
  using config::UpstreamKind;
  EXPECT_EQ(
      engine_start(engine(UpstreamKind::LlamaCpp), {}, "", true).arguments,
      (Words{"--host", "127.0.0.1", "--port", "9001", "--model", "/srv/m.gguf", "-c", "4096"}));
  EXPECT_EQ(engine_start(engine(UpstreamKind::Vllm), {}, "", true).arguments,
            (Words{"serve", "/srv/m.gguf", "--host", "127.0.0.1", "--port", "9001", "-c", "4096"}));
  const EngineStart ollama = engine_start(engine(UpstreamKind::Ollama), {}, "", true);
  EXPECT_EQ(ollama.arguments, (Words{"serve", "-c", "4096"}));
  EXPECT_EQ(ollama.environment.at("OLLAMA_HOST"), "127.0.0.1:9001");
}

TEST(EngineStart, PassesWhatIsNamedAndNothingElse) {
  const config::Environment environment = {{"PATH", "/bin"},         {"HOME", "/root"},
                                           {"HF_HOME", "/srv/hf"},   {"HF_TOKEN", "t"},
                                           {"SRASTA_LISTEN", "x"},   {"CUDA_VISIBLE_DEVICES", "1"},
                                           {"LD_PRELOAD", "evil.so"}};

  const auto start = engine_start(engine(config::UpstreamKind::LlamaCpp), environment,
                                  "/var/lib/srasta-engine", true);

  EXPECT_EQ(start.environment, (Variables{{"CUDA_VISIBLE_DEVICES", "1"},
                                          {"HF_HOME", "/srv/hf"},
                                          {"HOME", "/var/lib/srasta-engine"},
                                          {"PATH", "/bin"}}));
  EXPECT_EQ(start.user, "srasta-engine");
  EXPECT_EQ(engine_start(engine(config::UpstreamKind::LlamaCpp), environment, "", false).user, "");
}

TEST(EngineStart, IsGivenAKeyInTheVariableOfItsKind) {
  const base::Secret key("k");
  const std::pair<config::UpstreamKind, Variables> cases[] = {
      {config::UpstreamKind::LlamaCpp, {{"LLAMA_API_KEY", "k"}}},
      {config::UpstreamKind::Vllm, {{"VLLM_API_KEY", "k"}}},
      {config::UpstreamKind::Ollama, {}}};
  for (const auto& [kind, expected] : cases) {
    EngineStart start;
    give_key(start, kind, key);
    EXPECT_EQ(start.environment, expected) << config::to_string(kind);
  }
}

TEST(EngineStart, IsReadAsItWasWritten) {
  const EngineStarts written{.data_folder = "/var/lib/srasta",
                             .engines = {engine_start(engine(config::UpstreamKind::Vllm),
                                                      {{"HF_HOME", "a \"b\""}}, "/h", true)}};

  const auto read = parse_engine_starts(to_json(written).expose());

  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->data_folder, written.data_folder);
  ASSERT_EQ(read->engines.size(), 1U);
  EXPECT_EQ(read->engines[0].name, "own");
  EXPECT_EQ(read->engines[0].program, "/opt/engine");
  EXPECT_EQ(read->engines[0].arguments, written.engines[0].arguments);
  EXPECT_EQ(read->engines[0].environment, written.engines[0].environment);
  EXPECT_EQ(read->engines[0].user, "srasta-engine");
  EXPECT_EQ(read->engines[0].port, 9001);
  EXPECT_EQ(read->engines[0].ready_within, base::Millis(1500));
  for (const char* bad : {"", "[]", "{}", R"({"data_folder":"/d","engines":[{}]})"}) {
    EXPECT_FALSE(parse_engine_starts(bad).ok()) << bad;
  }
}

TEST(EngineEvent, IsReadAsItWasWritten) {
  const auto started = parse_engine_event(to_message({.engine = "own", .pid = 77, .exit = {}}));
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(started->engine, "own");
  EXPECT_EQ(started->pid, 77);
  EXPECT_FALSE(started->exit.has_value());
  const auto ended = parse_engine_event(
      to_message({.engine = "own", .exit = process::Exit{.status = 3, .signal = 9}}));
  ASSERT_TRUE(ended.has_value() && ended->exit.has_value());
  EXPECT_EQ(ended->exit->status, 3);
  EXPECT_EQ(ended->exit->signal, 9);
  for (const char* bad : {"", "start", "start own", "start own x", "end own 1", "end own 1 2 3",
                          "begin own 1", "start own -1"}) {
    EXPECT_FALSE(parse_engine_event(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace srasta::cli
