#include "service/unix_door.h"

namespace srasta::service {
namespace {

constexpr size_t kMostConnections = 256;
constexpr size_t kBodiesAtOnce = 4;

}  // namespace

/// Records what was counted instead of recorded one by one.
class UnixDoor::EverySecond final : public net::Timer {
 public:
  EverySecond(net::Loop& loop, Journal& journal) : loop_(loop), journal_(journal) { arm(); }

 private:
  void arm() { loop_.timers().arm(*this, loop_.now() + base::Seconds(1)); }
  void on_timeout() override {
    journal_.record_floods(loop_.now());
    arm();
  }
  net::Loop& loop_;
  Journal& journal_;
};

UnixDoor::UnixDoor(const Parts& parts, std::unique_ptr<IdentityGate> gate, size_t json_body)
    : journal_(parts.ledger, parts.clock),
      ids_(parts.clock, parts.entropy),
      gate_(std::move(gate)),
      bodies_(json_body * kBodiesAtOnce),
      pipeline_({.clock = parts.clock,
                 .routes = routes_,
                 .sources = sources_,
                 .identity = *gate_,
                 .limits = limits_,
                 .bodies = bodies_,
                 .journal = journal_,
                 .ids = ids_,
                 .log = parts.log,
                 .metrics = metrics_,
                 .accept_failures = accept_failures_,
                 .resource_metadata = resource_metadata_},
                {.json_body = json_body, .is_edge = false}),
      server_(parts.loop, {.connections = kMostConnections}, pipeline_, nullptr),
      every_second_(std::make_unique<EverySecond>(parts.loop, journal_)) {}

UnixDoor::~UnixDoor() {
  // Counts of windows that have not ended are written as they are.
  journal_.record_floods(base::MonoTime::max());
}

base::Result<void> UnixDoor::listen(const std::string& path) {
  SRASTA_TRY_ASSIGN(const net::Endpoint endpoint, net::unix_endpoint(path));
  SRASTA_TRY(server_.listen(endpoint, false));
  return {};
}

void UnixDoor::close() {
  server_.drain();
  server_.cut_off();
}

}  // namespace srasta::service
