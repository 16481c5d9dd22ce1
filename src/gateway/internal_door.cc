#include "gateway/internal_door.h"

namespace srasta::gateway {
namespace {

constexpr size_t kMostConnections = 64;
constexpr size_t kMostBodies = size_t{1} << 20;

}  // namespace

/// Records what was counted instead of recorded one by one.
class InternalDoor::EverySecond final : public net::Timer {
 public:
  EverySecond(net::Loop& loop, service::Journal& journal) : loop_(loop), journal_(journal) {
    arm();
  }

 private:
  void arm() { loop_.timers().arm(*this, loop_.now() + base::Seconds(1)); }
  void on_timeout() override {
    journal_.record_floods(loop_.now());
    arm();
  }
  net::Loop& loop_;
  service::Journal& journal_;
};

InternalDoor::InternalDoor(const Parts& parts, std::vector<identity::ForwardingPeer> peers,
                           service::InternalAnswers answers)
    : answers_(std::move(answers)),
      journal_(parts.ledger, parts.clock),
      ids_(parts.clock, parts.entropy),
      gate_("gateway", service::ForwardedGate::Serves::Services, std::move(peers), parts.clock),
      bodies_(kMostBodies),
      pipeline_({.clock = parts.clock,
                 .routes = routes_,
                 .sources = sources_,
                 .identity = gate_,
                 .limits = limits_,
                 .bodies = bodies_,
                 .journal = journal_,
                 .ids = ids_,
                 .log = parts.log,
                 .metrics = metrics_,
                 .accept_failures = accept_failures_,
                 .resource_metadata = resource_metadata_},
                {.is_edge = false}),
      server_(parts.loop, {.connections = kMostConnections}, pipeline_, nullptr),
      every_second_(std::make_unique<EverySecond>(parts.loop, journal_)) {
  service::bind_internal_routes(routes_, answers_, journal_);
}

InternalDoor::~InternalDoor() {
  // Counts of windows that have not ended are written as they are.
  journal_.record_floods(base::MonoTime::max());
}

base::Result<void> InternalDoor::listen(const std::string& path) {
  SRASTA_TRY_ASSIGN(const net::Endpoint endpoint, net::unix_endpoint(path));
  SRASTA_TRY(server_.listen(endpoint, false));
  return {};
}

}  // namespace srasta::gateway
