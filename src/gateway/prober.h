#pragma once

#include "base/file.h"
#include "base/log.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "service/journal.h"

#include <functional>
#include <memory>
#include <vector>

namespace srasta::gateway {

/// Asks every inference server for its models, again and again, and publishes the catalog whenever
/// it changed. One outside the perimeter is asked only while somebody answers for that, which is
/// looked up each time. Lives on one loop.
class Prober {
 public:
  using Publish = std::function<void(std::shared_ptr<const inference::Catalog>)>;
  struct Parts {
    net::Loop& loop;
    net::BlockingPool& blocking;
    base::FileSystem& files;
    base::Log& log;
    service::Journal& journal;
    const std::string& data_folder;  ///< outlives the prober
  };

  Prober(const Parts& parts, const std::vector<UpstreamSpec>& specs,
         std::vector<inference::AliasRule> aliases, Publish publish);

  /// Takes over what `previous` knows of servers that are the same. Before `start`.
  void learn_from(const Prober& previous);
  /// What is known so far.
  [[nodiscard]] std::shared_ptr<const inference::Catalog> catalog() const;
  void start();
  void stop() { scope_.cancel(); }
  [[nodiscard]] bool stopped() const { return !running_; }
  /// Set when every server was asked once.
  [[nodiscard]] net::Signal& first_round() { return first_round_; }

 private:
  net::Task<void> run();
  using Models = std::optional<std::vector<base::ModelName>>;
  net::Task<bool> probe(size_t index);
  net::Task<net::SimpleAnswer> ask(size_t index);
  net::Task<bool> is_acknowledged(const UpstreamSpec& spec);
  bool learn(size_t index, Models models);
  bool learn_place(size_t index, bool external, bool acknowledged);
  void publish();

  const Parts parts_;
  Upstreams upstreams_;
  std::vector<inference::UpstreamState> states_;
  std::vector<int> failures_;  // in a row, of each server
  const std::vector<inference::AliasRule> aliases_;
  const Publish publish_;
  net::Scope scope_;
  net::Signal first_round_;
  bool running_ = false;
};

/// The model names of a GET /v1/models answer; nothing if it is not one.
[[nodiscard]] std::optional<std::vector<base::ModelName>> parse_models(std::string_view json);

}  // namespace srasta::gateway
