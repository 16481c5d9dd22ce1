#pragma once

#include "access/caller.h"
#include "evidence/archive.h"
#include "evidence/filters.h"
#include "net/http_server.h"
#include "service/journal.h"
#include "service/open_answers.h"
#include "service/request.h"

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::evidence {

inline constexpr size_t kMostListeners = 32;  ///< of all cores

/// One of the places that listeners have, given back when it is destroyed.
class ListenerPlace {
 public:
  explicit ListenerPlace(std::atomic<size_t>& count)
      : count_(count), taken_(count.fetch_add(1) < kMostListeners) {}
  ListenerPlace(const ListenerPlace&) = delete;
  ListenerPlace& operator=(const ListenerPlace&) = delete;
  ~ListenerPlace() { count_.fetch_sub(1); }
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  std::atomic<size_t>& count_;
  const bool taken_;
};

/// The number of the first record behind the one that Last-Event-ID, `<stream>:<seq>`, names; no
/// number without the field. An error for a field that names no record of `stream`.
[[nodiscard]] std::expected<std::optional<uint64_t>, BadParameter> resume_point(
    std::optional<std::string_view> last_event_id, std::string_view stream);

/// Server-sent events of the records that are written while somebody listens.
class LiveStream {
 public:
  struct Parts {
    service::Request& request;
    const access::Caller& caller;
    service::Journal& journal;
    Archive& archive;
    const service::OpenAnswers::Entry& open;
    const Question& question;
    const std::string& tenant;  ///< see `sight_of`
    uint64_t from = 0;          ///< number of the first record to look at
  };
  explicit LiveStream(const Parts& parts) : parts_(parts), next_(parts.from) {}

  /// Answers; returns when the stream has ended.
  net::Task<void> run();

 private:
  net::Task<std::string_view> relay();
  net::Task<std::string_view> send_new();
  net::Task<std::string_view> send(std::string text);
  net::Task<void> end(std::string_view reason);
  [[nodiscard]] std::string_view why_ended() const;

  const Parts parts_;
  uint64_t next_;
  uint64_t sent_ = 0;
  base::MonoTime last_sent_;
  bool broken_ = false;  // within an event
};

}  // namespace srasta::evidence
