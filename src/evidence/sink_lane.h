#pragma once

#include "base/entropy.h"
#include "base/file.h"
#include "evidence/forwarder.h"

#include <map>
#include <memory>
#include <string>

// Private to evidence/: one sink of the forwarder.
namespace srasta::evidence {

/// The way of all streams to one sink. For one loop.
class SinkLane {
 public:
  /// What all lanes share; it outlives them.
  struct Shared {
    base::FileSystem& files;
    base::Entropy& entropy;
    const Forwarder::Settings& settings;
    const Forwarder::Handlers& handlers;
  };
  SinkLane(const Shared& shared, Forwarder::SinkSettings settings, SinkCursors cursors,
           std::unique_ptr<Sink> sink, net::Loop& loop);

  /// Sends what there is and what comes, until `cancel` or, after `finish`, until nothing more is
  /// there or the sink does not take it.
  net::Task<void> run();
  void finish() { finishing_.set(); }
  void cancel() { scope_.cancel(); }

 private:
  struct StreamLane {
    StreamLane(SinkFeed the_feed, LagWatch the_lag) : feed(std::move(the_feed)), lag(the_lag) {}

    SinkFeed feed;
    LagWatch lag;
    const SinkBatch* batch = nullptr;  ///< pending, of this round
    std::string problem;               ///< last told
    bool stopped = false;              ///< the log is not what it was
  };
  enum class Round : uint8_t { Idle, Sent, Failed, Refused };

  void find_streams();
  [[nodiscard]] bool wants(const std::string& stream) const;
  /// Looks for what is new in a stream, and how old it is.
  void look(const std::string& name, StreamLane& stream);
  void judge_lag(const std::string& name, StreamLane& stream, uint64_t end);
  net::Task<Round> one_round();
  net::Task<Round> send(StreamLane& stream);
  void accepted(StreamLane& stream);
  void report(std::string& told, const std::string& what, const base::Error& error) const;

  const Shared& shared_;
  const Forwarder::SinkSettings settings_;
  SinkCursors cursors_;
  const std::unique_ptr<Sink> sink_;
  net::Scope scope_;
  net::Signal finishing_;
  SinkPause pause_;
  std::map<std::string, StreamLane> streams_;
  std::string sink_problem_;
  std::string cursor_problem_;
};

}  // namespace srasta::evidence
