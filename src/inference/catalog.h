#pragma once

#include "base/strong.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::inference {

/// One inference server as last seen. Index in the catalog = its identity on every core.
struct UpstreamState {
  base::UpstreamName name;
  std::string kind;       ///< vllm, ollama, llamacpp, openai
  bool detected = false;  ///< found on loopback, not configured
  bool asked = false;     ///< at least once
  bool listed = false;    ///< its models were seen at least once
  bool reachable = false;
  std::vector<base::ModelName> models;  ///< as the server lists them
};

struct AliasRoute {
  base::UpstreamName upstream;
  base::ModelName model;
  uint32_t weight = 1;
};

struct AliasRule {
  base::ModelName name;
  std::vector<AliasRoute> routes;  ///< none: the first model of the first reachable server
  /// Of a request that names no limit.
  std::optional<uint64_t> default_max_tokens = std::nullopt;
};

/// Where a request may go.
struct Target {
  size_t upstream = 0;
  base::ModelName model;
  uint32_t weight = 1;
};

/// Everything that is known about models at one moment. Immutable; replaced whole.
class Catalog {
 public:
  Catalog(std::vector<UpstreamState> upstreams, std::vector<AliasRule> aliases);

  /// The places that serve `model` (an alias or a concrete name), unreachable servers included, so
  /// that a known model whose server is down is 503 or 502 and not 404. Empty: no such model.
  [[nodiscard]] std::vector<Target> targets_of(std::string_view model) const;

  /// Whether `model` is an alias, leading somewhere or not.
  [[nodiscard]] bool knows_alias(std::string_view model) const;

  /// What a request for `model` is given as `max_tokens` when it names no limit.
  [[nodiscard]] std::optional<uint64_t> default_max_tokens(std::string_view model) const;

  struct Listed {
    base::ModelName name;
    std::string owner;  ///< "srasta" for aliases, else the upstream's name
  };
  /// What a caller can ask for now: aliases that lead somewhere first, then concrete models, each
  /// once.
  [[nodiscard]] std::vector<Listed> list() const;

  [[nodiscard]] const std::vector<UpstreamState>& upstreams() const { return upstreams_; }
  [[nodiscard]] bool any_reachable() const;
  /// Whether the models of every configured server have been seen, and every detected one was
  /// asked: before that, an unknown model may still turn up.
  [[nodiscard]] bool settled() const;

 private:
  [[nodiscard]] std::vector<Target> targets_of_alias(const AliasRule& alias) const;

  std::vector<UpstreamState> upstreams_;
  std::vector<AliasRule> aliases_;
};

}  // namespace srasta::inference
