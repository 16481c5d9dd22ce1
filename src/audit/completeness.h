#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace srasta::audit {

/// Whether everything that a stream says has begun has an end (`audit/two_phase.h`). What was under
/// way when a writer ended without `log.close` is unknown, not missing, and the next start says so
/// in a record of its own; what the last writer has under way may still end.
class Completeness {
 public:
  struct Begun {
    std::string request;
    std::string act;
    uint64_t seq = 0;
    bool killed = false;  ///< its writer was
  };
  struct Summary {
    uint64_t ended = 0;
    uint64_t in_flight = 0;         ///< of the writer that writes, or wrote last without ending
    uint64_t unknown = 0;           ///< of writers that were killed
    std::vector<Begun> missing;     ///< of writers that ended in order: no end, no crash to blame
    std::vector<Begun> unfinished;  ///< no record tells of their end: in flight, or not closed yet
  };

  Completeness() = default;
  /// Goes on where these have begun and not ended.
  explicit Completeness(std::span<const Begun> under_way);

  /// The next record, as stored, in order. Lines that are no records are passed over.
  void add(std::string_view line);
  [[nodiscard]] size_t under_way_count() const { return open_.size(); }
  /// What has begun and has no end yet, in order.
  [[nodiscard]] std::vector<Begun> under_way() const;
  /// After the last one.
  [[nodiscard]] Summary finish();

 private:
  void writer_ended_in_order();

  /// By act's family and request; two services may do the same on behalf of one request.
  std::unordered_multimap<std::string, Begun> open_;
  Summary summary_;
};

}  // namespace srasta::audit
