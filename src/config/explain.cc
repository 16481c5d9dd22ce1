#include "config/explain.h"

#include "config/draft.h"

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr std::string_view kPageHead =
    R"(# Configuration

<!-- Printed by `srasta config schema --markdown`; a test compares this page with it. -->

`srasta.yaml` is the truth: `--config FILE`, else `/etc/srasta/srasta.yaml` if it exists, else the
defaults below. Every key is optional unless it says otherwise. `srasta config check FILE` reports
every problem of a file with its line; `srasta config explain` shows what is in force and why.

- YAML without surprises: anchors, aliases, tags, tabs, duplicate keys, unknown keys and second
  documents are errors. Where text is wanted, words and numbers that YAML would read as something
  else (`no`, `on`, `1.10`, `12:30`) must stand in quotes.
- Durations and sizes carry a unit: `250ms`, `30s`, `5m`, `1h`, `30d`; `512B`, `64KiB`, `32MiB`, `1GiB`.
- Secrets are files, never values. A file that others may read is refused: `chmod 0600 FILE`. So is
  one that everybody can guess: one byte repeated, `changeme` and its like.
- Relative paths start at the folder of the configuration file.
- `SRASTA_*` variables win over the file: `SRASTA_LISTEN` is `listen`, two underscores step into a
  section (`SRASTA_INFERENCE__DETECT`), lists are comma-separated. What stands inside a list cannot
  be set this way. Unknown variables are errors, except `SRASTA_SERVICE_*` and `SRASTA_PORT*`,
  which Kubernetes sets for a service called "srasta".
- Plain HTTP is served on loopback only. Any other address needs `tls.cert_file` and
  `tls.key_file`, or `tls: terminated_by_proxy` with `trusted_proxies`.

A small file:

```yaml
listen: 127.0.0.1:8484
inference:
  upstreams:
    - { name: gpu1, kind: vllm, url: "http://127.0.0.1:8000" }
  aliases:
    coding: { routes: [ { upstream: gpu1, model: qwen3-coder } ] }
```

## Options
)";

bool is_group(const Option& option) {
  return option.kind == Kind::Section || option.kind == Kind::Sections;
}

std::string default_text(const Option& option) {
  if (option.required) return "required";
  if (option.fallback.empty()) return "none";
  return option.list ? fmt::format("[{}]", option.fallback) : std::string(option.fallback);
}

std::string source_text(const Setting& setting) {
  if (setting.source == Source::File) return fmt::format("line {}", setting.line);
  if (setting.source == Source::Environment) return "locked by " + setting.variable;
  return "default";
}

/// `inference.upstreams[3].url` -> `inference.upstreams[].url`.
std::string without_indexes(const std::string& key) {
  std::string out;
  bool inside = false;
  for (const char c : key) {
    if (c == ']') inside = false;
    if (!inside) out += c;
    if (c == '[') inside = true;
  }
  return out;
}

bool matches(std::string_view pattern, std::string_view key) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == key;
  const std::string_view tail = pattern.substr(star + 1);
  return key.size() > star + tail.size() && key.starts_with(pattern.substr(0, star)) &&
         key.ends_with(tail);
}

const Option* option_of(const std::string& key) {
  const std::string place = without_indexes(key);
  for (const Option& option : options()) {
    if (matches(option.path, place)) return &option;
  }
  return nullptr;
}

std::string describe(const Option& option) {
  std::string out = fmt::format("  {}\n  allowed: {}\n  default: {}\n", option.help,
                                allowed_text(option), default_text(option));
  if (option.secret) out += "  names a file that holds a secret\n";
  const std::string variable = variable_of(option);
  if (!variable.empty()) out += "  variable: " + variable + "\n";
  return out;
}

}  // namespace

std::string schema_text() {
  std::string out;
  for (const Option& option : options()) {
    out += fmt::format("{}\n", option.path);
    out += is_group(option) && option.choices.empty() ? fmt::format("  {}\n", option.help)
                                                      : describe(option);
  }
  return out;
}

std::string schema_markdown() {
  std::string out(kPageHead);
  for (const Option& option : options()) {
    out += fmt::format("\n### `{}`\n\n{}\n", option.path, option.help);
    if (is_group(option) && option.choices.empty()) continue;
    out +=
        fmt::format("\n- allowed: {}\n- default: {}\n", allowed_text(option),
                    option.required || option.fallback.empty() ? default_text(option)
                                                               : "`" + default_text(option) + "`");
    if (option.secret) out += "- names a file that holds a secret\n";
    const std::string variable = variable_of(option);
    if (!variable.empty()) out += fmt::format("- variable: `{}`\n", variable);
  }
  return out;
}

std::string explain_all(const Loaded& loaded) {
  std::string out;
  for (const Setting& setting : loaded.settings) {
    out += fmt::format("{} = {}   # {}\n", setting.key, setting.value, source_text(setting));
  }
  return out;
}

base::Result<std::string> explain_key(const Loaded& loaded, const std::string& key) {
  const Option* const option = option_of(key);
  if (option == nullptr) {
    std::vector<std::string> known;
    for (const Option& each : options()) known.emplace_back(each.path);
    return base::make_error(base::Code::NotFound,
                            fmt::format("{}: unknown key{}", key, suggestion(key, known)));
  }
  std::string out;
  for (const Setting& setting : loaded.settings) {
    if (setting.key == key || option_of(setting.key) == option) {
      out += fmt::format("{} = {}   # {}\n", setting.key, setting.value, source_text(setting));
    }
  }
  if (out.empty()) out = key + ": not set\n";
  return out + describe(*option);
}

}  // namespace srasta::config
