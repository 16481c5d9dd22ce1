#pragma once

#include "base/strong.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::inference {

/// One inference server as last seen. Index in the catalog = its identity on every core.
struct UpstreamState {
  base::UpstreamName name;
  std::string kind;       ///< as the configuration spells it: vllm, ollama, llamacpp, openai
  bool detected = false;  ///< found on loopback, not configured
  bool asked = false;     ///< at least once
  bool listed = false;    ///< its models were seen at least once
  bool reachable = false;
  /// Configured to be outside, or an address of it was seen to be.
  bool external = false;
  /// Somebody answers for what is sent to it there; without that nothing is.
  bool acknowledged = false;
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
  /// Names that are tried in this order when nothing of `routes` could serve; their own fallbacks
  /// are not followed.
  std::vector<base::ModelName> fallback = {};
  /// Of a request that names no limit.
  std::optional<uint64_t> default_max_tokens = std::nullopt;
};

/// Where a request may go.
struct Target {
  size_t upstream = 0;
  base::ModelName model;
  uint32_t weight = 1;
  uint32_t hop = 0;  ///< 0 for its own routes, n for the n-th fallback
};

/// One name that callers can ask for, and where it leads.
struct Offer {
  base::ModelName name;
  std::string owner;  ///< "srasta" for aliases, else the first server that has it
  bool is_alias = false;
  /// The names by hop: its own, then its fallbacks.
  std::vector<base::ModelName> hops;
  /// By hop. Unreachable servers included, so that a known model whose server is down is 503 or
  /// 502 and not 404.
  std::vector<Target> targets;
  std::optional<uint64_t> default_max_tokens = std::nullopt;
};

/// Everything that is known about models at one moment. Immutable; replaced whole.
class Catalog {
 public:
  Catalog(std::vector<UpstreamState> upstreams, std::vector<AliasRule> aliases);
  // The index points into the offers.
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// What `model` (an alias or a concrete name) is; null: no such name.
  [[nodiscard]] const Offer* find(std::string_view model) const;
  /// Aliases first, then concrete models, each once; with those that lead nowhere now.
  [[nodiscard]] const std::vector<Offer>& offers() const { return offers_; }

  [[nodiscard]] const std::vector<UpstreamState>& upstreams() const { return upstreams_; }
  [[nodiscard]] bool any_reachable() const;
  /// Whether the models of every configured server have been seen, and every detected one was
  /// asked: before that, an unknown model may still turn up.
  [[nodiscard]] bool settled() const;

 private:
  void add_targets(const AliasRule& alias, uint32_t hop, std::vector<Target>& targets) const;
  void add_fallback(std::string_view name, uint32_t hop, std::vector<Target>& targets) const;
  void offer_aliases();
  void offer_models();

  std::vector<UpstreamState> upstreams_;
  std::vector<AliasRule> aliases_;
  std::vector<Offer> offers_;
  std::map<std::string_view, size_t, std::less<>> by_name_;  // views into offers_
};

}  // namespace srasta::inference
