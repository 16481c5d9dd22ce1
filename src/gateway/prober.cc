#include "gateway/prober.h"

#include "inference/egress.h"
#include "json/document.h"

#include <algorithm>
#include <utility>

namespace srasta::gateway {
namespace {

constexpr base::Seconds kInterval{5};
constexpr base::Seconds kIntervalWithoutEngine{1};
constexpr base::Seconds kProbeTime{2};
/// A busy server may be late once without being down.
constexpr int kFailuresUntilDown = 3;
constexpr size_t kMostBytes = size_t{4} << 20;
constexpr size_t kMostModels = 10'000;
constexpr size_t kLongestModelName = 256;

bool is_model_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestModelName && std::ranges::all_of(name, [](char c) {
    return static_cast<uint8_t>(c) > 0x20 && c != 0x7F;
  });
}

std::string_view fields_for(config::UpstreamKind kind) {
  return kind == config::UpstreamKind::Anthropic ? "anthropic-version: 2023-06-01\r\n" : "";
}

}  // namespace

std::optional<std::vector<base::ModelName>> parse_models(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return std::nullopt;
  const auto data = document->root().find("data");
  if (!data || !data->is_array()) return std::nullopt;
  std::vector<base::ModelName> models;
  for (size_t i = 0; i < std::min(data->size(), kMostModels); ++i) {
    const auto id = data->at(i).find("id");
    const auto name = id ? id->string() : std::nullopt;
    if (name && is_model_name(*name)) models.emplace_back(*name);
  }
  return models;
}

Prober::Prober(const Parts& parts, const std::vector<UpstreamSpec>& specs,
               std::vector<inference::AliasRule> aliases, Publish publish)
    : parts_(parts),
      upstreams_(parts.loop, parts.blocking, specs, kProbeTime),
      aliases_(std::move(aliases)),
      publish_(std::move(publish)),
      scope_(parts.loop) {
  for (const UpstreamSpec& spec : specs) {
    states_.push_back({.name = spec.name,
                       .kind = std::string(config::to_string(spec.kind)),
                       .detected = spec.detected,
                       .external = spec.external});
  }
  failures_.resize(states_.size());
}

void Prober::learn_from(const Prober& previous) {
  for (size_t i = 0; i < states_.size(); ++i) {
    for (size_t j = 0; j < previous.states_.size(); ++j) {
      if (!upstreams_.at(i).spec.same_place(previous.upstreams_.at(j).spec)) continue;
      states_[i] = previous.states_[j];
    }
  }
}

std::shared_ptr<const inference::Catalog> Prober::catalog() const {
  return std::make_shared<const inference::Catalog>(states_, aliases_);
}

void Prober::start() {
  running_ = true;
  net::spawn(run());
}

void Prober::publish() {
  publish_(catalog());
}

net::Task<void> Prober::run() {
  while (!scope_.cancelled()) {
    bool changed = false;
    for (size_t i = 0; i < states_.size() && !scope_.cancelled(); ++i) {
      const bool this_one = co_await probe(i);
      changed = changed || this_one;
    }
    if (changed) publish();
    first_round_.set();
    const bool any = std::ranges::any_of(states_, &inference::UpstreamState::reachable);
    (void)co_await net::Sleep(scope_, any ? kInterval : kIntervalWithoutEngine);
  }
  running_ = false;
}

net::Task<bool> Prober::probe(size_t index) {
  const UpstreamSpec& spec = upstreams_.at(index).spec;
  bool external = spec.external;
  net::SimpleAnswer answer{.fault = net::ClientFault::NotAllowed};
  if (!external) {
    upstreams_.at(index).pool->set_local_only(true);
    answer = co_await ask(index);
    // A name that nobody answers for now says nothing about where it leads.
    const bool outside = answer.fault == net::ClientFault::NotAllowed;
    external = outside || (states_[index].external && answer.fault != net::ClientFault::None);
  }
  const bool acknowledged = external && co_await is_acknowledged(spec);
  if (acknowledged) {
    upstreams_.at(index).pool->set_local_only(!spec.url.tls);
    answer = co_await ask(index);
  }
  Models models;
  if (answer.fault == net::ClientFault::None && answer.status == 200) {
    models = parse_models(answer.body);
  }
  const bool moved = learn_place(index, external, acknowledged);
  const bool learned = learn(index, std::move(models));
  co_return moved || learned;
}

net::Task<net::SimpleAnswer> Prober::ask(size_t index) {
  Upstreams::One& upstream = upstreams_.at(index);
  net::Scope scope(parts_.loop, parts_.loop.now() + kProbeTime);
  co_return co_await net::http_exchange(*upstream.pool,
                                        {.path = upstream.spec.url.path + "/v1/models",
                                         .fields = std::string(fields_for(upstream.spec.kind)),
                                         .body = {},
                                         .secret_fields = upstream.spec.credential()},
                                        kMostBytes, scope);
}

/// What cannot be read is not acknowledged.
net::Task<bool> Prober::is_acknowledged(const UpstreamSpec& spec) {
  net::Delivery<base::Result<std::string>> text(parts_.loop);
  parts_.blocking.submit(
      [send = text.sender(), &files = parts_.files,
       path = inference::acknowledgement_path(parts_.data_folder, spec.name.view())] {
        send(base::read_file(files, path, inference::EgressAcknowledgement::kLongest));
      });
  net::Scope scope(parts_.loop);
  const auto read = co_await text.receive(scope, parts_.loop.now() + kProbeTime);
  if (!read || !*read) co_return false;
  const auto acknowledged = inference::EgressAcknowledgement::parse(**read);
  co_return acknowledged.ok() && acknowledged->covers(spec.name.view(), spec.url);
}

bool Prober::learn_place(size_t index, bool external, bool acknowledged) {
  inference::UpstreamState& state = states_[index];
  const bool first_time = !state.asked;
  if (!first_time && state.external == external && state.acknowledged == acknowledged) return false;
  state.external = external;
  state.acknowledged = acknowledged;
  if (external) {
    parts_.log.warn(
        "upstream outside the perimeter",
        {{"name", state.name.view()},
         {"acknowledged", acknowledged},
         {"hint", acknowledged ? std::string_view("") : "srasta models acknowledge-egress NAME"}});
  }
  return true;
}

bool Prober::learn(size_t index, Models models) {
  inference::UpstreamState& state = states_[index];
  const bool was_reachable = state.reachable;
  const bool first_time = !std::exchange(state.asked, true);
  failures_[index] = models ? 0 : failures_[index] + 1;
  state.reachable = models.has_value() || (was_reachable && failures_[index] < kFailuresUntilDown);
  const bool first_list = models && !std::exchange(state.listed, true);
  const bool new_models = models && *models != state.models;
  if (new_models) state.models = *std::move(models);
  // A detected server that is gone is not one any more; a configured one keeps its models.
  if (!state.reachable && state.detected) state.models.clear();
  if (state.reachable != was_reachable) {
    parts_.journal.upstream_state(state.name.view(), state.reachable);
    parts_.log.info("upstream", {{"name", state.name.view()},
                                 {"reachable", state.reachable},
                                 {"detected", state.detected},
                                 {"models", static_cast<int64_t>(state.models.size())}});
  }
  return new_models || first_time || first_list || state.reachable != was_reachable;
}

}  // namespace srasta::gateway
