#include "config/engine.h"
#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

Engine& engine(Config& config) {
  return config.inference.engines.back();
}

// Values are checked before they get here.
UpstreamKind engine_kind(std::string_view text) {
  for (const auto kind : {UpstreamKind::Vllm, UpstreamKind::Ollama}) {
    if (to_string(kind) == text) return kind;
  }
  return UpstreamKind::LlamaCpp;
}

// clang-format off
constexpr auto kEngines = std::to_array<Option>({
    {.path = "inference.engines", .kind = Kind::Sections,
     .help = "Engines that `srasta up` starts, keeps running and stops; each is an upstream, too "
             "(docs/engines.md). A change takes effect at the next start.",
     .set = [](Config& c, const Value&) { c.inference.engines.emplace_back(); }},
    {.path = "inference.engines[].name", .kind = Kind::Name, .required = true,
     .help = "Name for routes, metrics and logs, which no upstream has.",
     .set = [](Config& c, const Value& v) { engine(c).name = base::UpstreamName(v.text); }},
    {.path = "inference.engines[].kind", .kind = Kind::Choice,
     .choices = "ollama|vllm|llamacpp", .required = true,
     .help = "What it is: `ollama serve`, `vllm serve` or `llama-server`.",
     .set = [](Config& c, const Value& v) { engine(c).kind = engine_kind(v.text); }},
    {.path = "inference.engines[].program", .kind = Kind::Text, .required = true,
     .help = "Absolute path of the executable. No shell is involved.",
     .set = [](Config& c, const Value& v) { engine(c).program = v.text; }},
    {.path = "inference.engines[].model", .kind = Kind::Text,
     .help = "llamacpp: absolute path of a GGUF file. vllm: id or folder of a model. ollama: none.",
     .set = [](Config& c, const Value& v) { engine(c).model = v.text; }},
    {.path = "inference.engines[].port", .kind = Kind::Count, .least = 1, .most = 65'535,
     .required = true, .help = "Where it listens on 127.0.0.1.",
     .set = [](Config& c, const Value& v) { engine(c).port = static_cast<uint16_t>(v.number); }},
    {.path = "inference.engines[].arguments", .kind = Kind::Text, .list = true,
     .help = "Further arguments, behind those that the platform gives it.",
     .set = [](Config& c, const Value& v) { engine(c).arguments = v.list; }},
    {.path = "inference.engines[].environment", .kind = Kind::Text, .list = true,
     .help = "Names of variables of `srasta up` that the engine gets, too, from a list of families "
             "(docs/engines.md). Those that choose devices it always gets; all others never.",
     .set = [](Config& c, const Value& v) { engine(c).environment = v.list; }},
    {.path = "inference.engines[].user", .kind = Kind::Name, .fallback = "srasta-engine",
     .help = "Account that it runs as, when `srasta up` starts as root; neither root nor srasta.",
     .set = [](Config& c, const Value& v) { engine(c).user = v.text; }},
    {.path = "inference.engines[].ready_within", .kind = Kind::Duration, .fallback = "10m",
     .least = kSecond, .most = kDay,
     .help = "How long it may load before it accepts connections; then it is started again.",
     .set = [](Config& c, const Value& v) { engine(c).ready_within = Millis(v.number); }},
    {.path = "inference.engines[].concurrency", .kind = Kind::Count, .fallback = "256",
     .least = 1, .most = 100'000, .help = "As of `inference.upstreams[]`.",
     .set = [](Config& c, const Value& v) {
       engine(c).concurrency = static_cast<uint32_t>(v.number);
     }},
    {.path = "inference.engines[].queue", .kind = Kind::Count, .fallback = "256", .most = 100'000,
     .help = "As of `inference.upstreams[]`.",
     .set = [](Config& c, const Value& v) { engine(c).queue = static_cast<uint32_t>(v.number); }},
    {.path = "inference.engines[].speaks", .kind = Kind::Choice, .list = true,
     .choices = "chat|responses|messages|ollama", .help = "As of `inference.upstreams[]`.",
     .set = [](Config& c, const Value& v) { engine(c).speaks = v.list; }},
});
// clang-format on

}  // namespace

std::span<const Option> engine_options() {
  return kEngines;
}

}  // namespace srasta::config
