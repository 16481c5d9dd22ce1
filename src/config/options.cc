#include "config/options.h"

#include "config/option_tables.h"
#include "config/values.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::config {
namespace {

Upstream& upstream(Config& config) {
  return config.inference.upstreams.back();
}
Route& route(Config& config) {
  return config.inference.aliases.back().routes.back();
}
UpstreamTimeouts& timeouts(Config& config) {
  return config.inference.timeouts;
}

// Values are checked before they get here: parsing what the table allows cannot fail.
UpstreamKind upstream_kind(std::string_view text) {
  for (const auto kind : {UpstreamKind::Vllm, UpstreamKind::Ollama, UpstreamKind::LlamaCpp,
                          UpstreamKind::Anthropic}) {
    if (to_string(kind) == text) return kind;
  }
  return UpstreamKind::OpenAi;
}

base::Level level(std::string_view text) {
  if (text == "debug") return base::Level::Debug;
  if (text == "warn") return base::Level::Warn;
  return text == "error" ? base::Level::Error : base::Level::Info;
}

void set_trusted_proxies(Config& config, const Value& value) {
  config.trusted_proxies.clear();
  for (const std::string& text : value.list) {
    if (const auto block = parse_address_block(text)) config.trusted_proxies.push_back(*block);
  }
}

// clang-format off
constexpr auto kListener = std::to_array<Option>({
    {.path = "listen", .kind = Kind::Listen, .fallback = "127.0.0.1:8484",
     .help = "Address and port of the gateway. Port 0 takes any free port. Any address that is not "
             "loopback needs `tls`.",
     .set = [](Config& c, const Value& v) {
       c.listen = parse_host_port(v.text).value_or(HostPort{});
     }},
    {.path = "public_url", .kind = Kind::Url,
     .help = "The URL that callers use: https, or http on loopback. It also names the built-in "
             "issuer. Without it: the bound address.",
     .set = [](Config& c, const Value& v) { c.public_url = v.text; }},
    {.path = "tls", .kind = Kind::Section, .choices = "terminated_by_proxy",
     .help = "Encryption of the listener: certificate and key, or the word `terminated_by_proxy` "
             "when a proxy named in `trusted_proxies` does it.",
     .set = [](Config& c, const Value&) { c.tls.mode = TlsMode::TerminatedByProxy; }},
    {.path = "tls.cert_file", .kind = Kind::File,
     .help = "PEM certificate chain, the server's own first.",
     .set = [](Config& c, const Value& v) { c.tls.cert_file = v.text; }},
    {.path = "tls.key_file", .kind = Kind::File, .secret = true,
     .help = "PEM private key of the certificate.",
     .set = [](Config& c, const Value& v) { c.tls.key_file = v.text; }},
    {.path = "trusted_proxies", .kind = Kind::AddressBlock, .list = true,
     .help = "Peers whose forwarded client address is believed. Only with "
             "`tls: terminated_by_proxy`.",
     .set = set_trusted_proxies},
});

constexpr auto kInference = std::to_array<Option>({
    {.path = "inference", .help = "Engines and the model names that callers see."},
    {.path = "inference.detect", .kind = Kind::Boolean, .fallback = "true",
     .help = "Look for engines on loopback: 11434 (ollama), 8000 (vllm), 8080 (llamacpp).",
     .set = [](Config& c, const Value& v) { c.inference.detect = v.flag; }},
    {.path = "inference.upstreams", .kind = Kind::Sections, .help = "Engines by name.",
     .set = [](Config& c, const Value&) { c.inference.upstreams.emplace_back(); }},
    {.path = "inference.upstreams[].name", .kind = Kind::Name, .required = true,
     .help = "Name for routes, metrics and logs.",
     .set = [](Config& c, const Value& v) { upstream(c).name = base::UpstreamName(v.text); }},
    {.path = "inference.upstreams[].kind", .kind = Kind::Choice,
     .choices = "vllm|ollama|llamacpp|openai|anthropic", .required = true,
     .help = "What answers there; `openai` and `anthropic` are any server with that interface.",
     .set = [](Config& c, const Value& v) { upstream(c).kind = upstream_kind(v.text); }},
    {.path = "inference.upstreams[].url", .kind = Kind::Url, .required = true,
     .help = "Where it answers, without `/v1`.",
     .set = [](Config& c, const Value& v) { upstream(c).url = v.text; }},
    {.path = "inference.upstreams[].key_file", .kind = Kind::File, .secret = true,
     .help = "Credential sent as bearer token, or to `anthropic` as `x-api-key`. Only over https or "
             "loopback.",
     .set = [](Config& c, const Value& v) { upstream(c).key_file = v.text; }},
    {.path = "inference.upstreams[].ca_file", .kind = Kind::File,
     .help = "PEM certificates to trust for this engine in place of the system's.",
     .set = [](Config& c, const Value& v) { upstream(c).ca_file = v.text; }},
    {.path = "inference.upstreams[].concurrency", .kind = Kind::Count, .fallback = "256",
     .least = 1, .most = 100'000, 
     .help = "Requests in flight at most, of all callers together. One more goes to another engine "
             "of its alias, or waits in the queue.",
     .set = [](Config& c, const Value& v) {
       upstream(c).concurrency = static_cast<uint32_t>(v.number);
     }},
    {.path = "inference.upstreams[].queue", .kind = Kind::Count, .fallback = "256", .most = 100'000,
     .help = "Requests that may wait for a place, fairly between tenants. One more is refused with "
             "503 `upstream_overloaded`; with 0 nothing waits.",
     .set = [](Config& c, const Value& v) {
       upstream(c).queue = static_cast<uint32_t>(v.number);
     }},
    {.path = "inference.upstreams[].external", .kind = Kind::Boolean, .fallback = "false",
     .help = "Counts as outside even if its address is inside, for a proxy that passes requests on. "
             "An engine whose address is outside counts so anyway (docs/routing.md).",
     .set = [](Config& c, const Value& v) { upstream(c).external = v.flag; }},
    {.path = "inference.upstreams[].speaks", .kind = Kind::Choice, .list = true,
     .choices = "chat|responses|messages|ollama",
     .help = "The interfaces that it has; others are translated for it (docs/dialects.md). Without "
             "it: by its kind.",
     .set = [](Config& c, const Value& v) { upstream(c).speaks = v.list; }},
    {.path = "inference.aliases",
     .help = "Model names for callers. `coding`, `business`, `general` and `fast` always exist; "
             "without routes they mean the first model of the first engine that answers."},
    {.path = "inference.aliases.*", .help = "One alias.",
     .set = [](Config& c, const Value& v) {
       c.inference.aliases.push_back({.name = base::ModelName(v.name), .routes = {}});
     }},
    {.path = "inference.aliases.*.default_max_tokens", .kind = Kind::Count, .least = 1,
     .most = 10'000'000,
     .help = "Output tokens that a request for the alias may use when it does not say: added to it "
             "as `max_tokens`, and reserved where budgets count it. Without it "
             "`limits.default_output` holds, under a budget only.",
     .set = [](Config& c, const Value& v) {
       c.inference.aliases.back().default_max_tokens = static_cast<uint64_t>(v.number);
     }},
    {.path = "inference.aliases.*.fallback", .kind = Kind::Text, .list = true,
     .help = "Aliases or models that are tried in this order when no route of the alias could serve. "
             "Callers need the right to those, too.",
     .set = [](Config& c, const Value& v) {
       for (const std::string& name : v.list) {
         c.inference.aliases.back().fallback.emplace_back(name);
       }
     }},
    {.path = "inference.aliases.*.routes", .kind = Kind::Sections,
     .help = "Where requests for the alias go.",
     .set = [](Config& c, const Value&) { c.inference.aliases.back().routes.emplace_back(); }},
    {.path = "inference.aliases.*.routes[].upstream", .kind = Kind::Name, .required = true,
     .help = "An entry of `inference.upstreams`, or `ollama`, `vllm`, `llamacpp` with "
             "`inference.detect`.",
     .set = [](Config& c, const Value& v) { route(c).upstream = base::UpstreamName(v.text); }},
    {.path = "inference.aliases.*.routes[].model", .kind = Kind::Text, .required = true,
     .help = "The engine's own name of the model.",
     .set = [](Config& c, const Value& v) { route(c).model = base::ModelName(v.text); }},
    {.path = "inference.aliases.*.routes[].weight", .kind = Kind::Count, .fallback = "1",
     .least = 1, .most = 1000, .help = "Share of requests, relative to the other routes.",
     .set = [](Config& c, const Value& v) { route(c).weight = static_cast<uint32_t>(v.number); }},
    {.path = "inference.timeouts", .help = "How long an engine may take."},
    {.path = "inference.timeouts.queue", .kind = Kind::Duration, .fallback = "30s", .least = 1,
     .most = kDay, .help = "For a place at an engine that has its hands full.",
     .set = [](Config& c, const Value& v) { timeouts(c).queue = Millis(v.number); }},
    {.path = "inference.timeouts.connect", .kind = Kind::Duration, .fallback = "2s", .least = 1,
     .most = 60 * kSecond, .help = "Until the connection stands.",
     .set = [](Config& c, const Value& v) { timeouts(c).connect = Millis(v.number); }},
    {.path = "inference.timeouts.first_byte", .kind = Kind::Duration, .fallback = "120s",
     .least = 1, .most = kDay, .help = "From the request's end to the answer's first byte.",
     .set = [](Config& c, const Value& v) { timeouts(c).first_byte = Millis(v.number); }},
    {.path = "inference.timeouts.idle", .kind = Kind::Duration, .fallback = "60s", .least = 1,
     .most = kDay, .help = "Between two pieces of an answer.",
     .set = [](Config& c, const Value& v) { timeouts(c).idle = Millis(v.number); }},
    {.path = "inference.timeouts.total", .kind = Kind::Duration, .fallback = "600s", .least = 1,
     .most = kDay, .help = "A whole answer that is not streamed.",
     .set = [](Config& c, const Value& v) { timeouts(c).total = Millis(v.number); }},
    {.path = "inference.timeouts.stream", .kind = Kind::Duration, .fallback = "3600s", .least = 1,
     .most = kDay, .help = "A whole streamed answer.",
     .set = [](Config& c, const Value& v) { timeouts(c).stream = Millis(v.number); }},
    {.path = "inference.ejection",
     .help = "When an engine gets no requests for a while because those before failed."},
    {.path = "inference.ejection.failures", .kind = Kind::Count, .fallback = "5", .most = 1000,
     .help = "Failures in a row that eject it; 0: it is never ejected.",
     .set = [](Config& c, const Value& v) {
       c.inference.ejection.failures = static_cast<uint32_t>(v.number);
     }},
    {.path = "inference.ejection.duration", .kind = Kind::Duration, .fallback = "5s", .least = 1,
     .most = kDay, .help = "Until one request may try it again.",
     .set = [](Config& c, const Value& v) { c.inference.ejection.duration = Millis(v.number); }},
});

constexpr auto kService = std::to_array<Option>({
    {.path = "drain", .kind = Kind::Duration, .fallback = "30s", .least = 0, .most = 3600 * kSecond,
     .help = "How long requests in flight may finish after SIGTERM.",
     .set = [](Config& c, const Value& v) { c.drain = Millis(v.number); }},
    {.path = "log", .help = "The service log (JSON lines on standard error)."},
    {.path = "log.level", .kind = Kind::Choice, .fallback = "info",
     .choices = "debug|info|warn|error", .help = "The least severe level that is written.",
     .set = [](Config& c, const Value& v) { c.log_level = level(v.text); }},
});
// clang-format on

std::string with_commas(std::string_view choices) {
  std::string out;
  for (const char c : choices) {
    if (c == '|')
      out += ", ";
    else
      out += c;
  }
  return out;
}

std::string one_value_text(const Option& option) {
  switch (option.kind) {
    case Kind::Section:
      return option.choices.empty() ? "a map" : fmt::format("a map, or {}", option.choices);
    case Kind::Sections:
      return "a list of maps";
    case Kind::Boolean:
      return "true, false";
    case Kind::Count:
      return fmt::format("{} to {}", option.least, option.most);
    case Kind::Share:
      return "0 to 1, e.g. 0.05";
    case Kind::Duration:
      return fmt::format("{} to {}, units ms, s, m, h{}", format_duration(Millis(option.least)),
                         format_duration(Millis(option.most)), option.most > kDay ? ", d" : "");
    case Kind::Size:
      return fmt::format("{} to {}, units B, KiB, MiB, GiB",
                         format_size({static_cast<uint64_t>(option.least)}),
                         format_size({static_cast<uint64_t>(option.most)}));
    case Kind::Text:
      return "text of 1 to 256 bytes";
    case Kind::Name:
      return "1 to 64 of a-z 0-9 . _ -";
    case Kind::Choice:
      return with_commas(option.choices);
    case Kind::Listen:
      return "ADDRESS:PORT with an IP address, e.g. 127.0.0.1:8484 or [::1]:8484";
    case Kind::Url:
      return "http or https URL without user, query and fragment";
    case Kind::File:
      return "path of a file";
    case Kind::Pointer:
      return "JSON pointer, e.g. /roles";
    case Kind::Host:
      return "HOST or HOST:PORT";
    case Kind::SinkUrl:
      return "https://HOST[:PORT][/PATH], syslog+tls://HOST[:PORT]; on loopback also http://... "
             "and "
             "syslog+tcp://HOST[:PORT]";
    case Kind::WitnessKey:
      return "NAME+ID+KEY, the line in a witness's witness.pub";
    case Kind::Time:
      return "a moment in UTC as 2027-01-31T00:00:00Z";
    case Kind::AddressBlock:
      return "address block, e.g. 10.0.0.0/8 or ::1/128";
  }
  return {};
}

}  // namespace

std::span<const Option> options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> joined;
    for (const std::span<const Option> part :
         {std::span<const Option>(kListener), identity_options(), sign_in_options(),
          access_options(), limits_options(), audit_options(), license_options(),
          telemetry_options(), tools_options(), std::span<const Option>(kInference),
          engine_options(), std::span<const Option>(kService)}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

const Option* find_option(std::string_view path) {
  const auto found = std::ranges::find(options(), path, &Option::path);
  return found == options().end() ? nullptr : &*found;
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

std::vector<const Option*> members_of(std::string_view path) {
  std::vector<const Option*> members;
  for (const Option& option : options()) {
    const size_t dot = option.path.rfind('.');
    const std::string_view parent =
        dot == std::string_view::npos ? std::string_view{} : option.path.substr(0, dot);
    if (parent == path) members.push_back(&option);
  }
  return members;
}

std::string allowed_text(const Option& option) {
  return (option.list ? "a list of: " : "") + one_value_text(option);
}

std::string variable_of(const Option& option) {
  const bool fixed_place = option.path.find_first_of("[*") == std::string_view::npos;
  const bool group =
      option.kind == Kind::Sections || (option.kind == Kind::Section && option.choices.empty());
  if (!fixed_place || group) return {};
  std::string name = "SRASTA_";
  for (const char c : option.path) {
    if (c == '.') {
      name += "__";
    } else {
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

}  // namespace srasta::config
