#include "audit/ledger_completeness.h"

#include "audit/checked_record.h"
#include "audit/entanglement.h"
#include "audit/search.h"
#include "audit/stored_records.h"
#include "audit/stream_name.h"
#include "audit/two_phase.h"
#include "base/find_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

using base::Result;

/// What stands in `ent` of a record with `rid`: the service that passed this very request on.
struct PassedOn {
  std::string sender;  ///< its stream
  uint64_t records = 0;
};

/// Itself, on nobody's behalf.
bool is_service(const Found& record) {
  const StoredActor actor = actor_of(record.line);
  return actor.kind == "service" && actor.tenant == "platform" && actor.id.starts_with("svc:");
}

/// Nothing where a service asks on its own behalf, which no other request is the reason for.
std::optional<PassedOn> passed_on_in(const Found& record) {
  if (record.request.empty() || base::find_first(record.line, R"(,"ent":[)") == record.line.npos) {
    return std::nullopt;
  }
  const auto checked = read_checked_record(record.line);
  if (!checked) return std::nullopt;
  for (const ShownHead& head : shown_heads(*checked)) {
    if (!head.with_probe && !is_service(record)) {
      return PassedOn{std::string(head.stream), head.records};
    }
  }
  return std::nullopt;
}

/// Where the lives of a stream's writers begin and end, to tell what one that was killed never
/// wrote from what is missing.
struct Lives {
  std::optional<uint64_t> first;                 ///< record that is there
  std::vector<std::pair<uint64_t, bool>> marks;  ///< `log.open`, and true: `log.close`

  void add(const Found& record) {
    if (!first) first = record.seq;
    if (record.act == "log.open" || record.act == "log.close") {
      marks.emplace_back(record.seq, record.act == "log.close");
    }
  }
  /// Whether the writer that had `records` records then ended in order, all it knew written.
  [[nodiscard]] bool must_tell(uint64_t records) const {
    if (!first || records <= *first) return false;
    const auto mark = std::ranges::lower_bound(marks, std::pair(records, false));
    return mark != marks.end() && mark->second;
  }
};

class Check {
 public:
  Check(base::FileSystem& files, std::string folder, const std::optional<std::string>& only)
      : files_(files), folder_(std::move(folder)), only_(only) {}

  Result<LedgerCompleteness> run() {
    SRASTA_TRY_ASSIGN(const auto names, files_.list(folder_));
    for (const std::string& name : names) {
      if (is_stream_name(name)) SRASTA_TRY(read(name));
    }
    if (found_.streams.empty()) {
      return base::make_error(base::Code::NotFound, folder_ + " holds no stream");
    }
    if (only_ && !lives_.contains(*only_)) {
      return base::make_error(base::Code::NotFound, folder_ + " holds no stream " + *only_);
    }
    std::ranges::sort(found_.streams, {}, &LedgerCompleteness::Stream::name);
    SRASTA_TRY(look_elsewhere());
    settle_passed_on();
    std::erase_if(found_.streams, [&](const auto& stream) { return !concerns(stream.name); });
    return std::move(found_);
  }

 private:
  struct Hop {
    LedgerCompleteness::Unsent record;
    uint64_t records = 0;  ///< of the sender, when it asked
  };

  [[nodiscard]] bool concerns(const std::string& stream) const {
    return !only_ || *only_ == stream;
  }

  Result<void> visit(const std::string& name, const std::function<void(const Found&)>& visitor) {
    return StreamReader(files_, folder_ + "/" + name).read_on(visitor);
  }

  Result<void> read(const std::string& name) {
    Completeness completeness;
    Lives& lives = lives_[name];
    auto read = visit(name, [&](const Found& record) {
      completeness.add(record.line);
      lives.add(record);
      const auto passed = passed_on_in(record);
      if (!passed || passed->sender == name) return;
      hops_.push_back(
          {{name, std::string(record.act), std::string(record.request), passed->sender, record.seq},
           passed->records});
      wanted_.emplace(record.request);
    });
    if (!read) return read;
    found_.streams.push_back({name, completeness.finish()});
    for (const auto& begun : found_.streams.back().summary.missing) wanted_.insert(begun.request);
    return {};
  }

  /// Requests that are known already, in all streams: most ledgers have none to look for.
  Result<void> look_elsewhere() {
    if (wanted_.empty()) return {};
    for (const LedgerCompleteness::Stream& stream : found_.streams) {
      SRASTA_TRY(visit(stream.name, [&](const Found& record) {
        if (!wanted_.contains(record.request)) return;
        told_.emplace(stream.name, record.request);
        const Step step = step_of(record.act, record.outcome);
        if (step.phase == Phase::End) {
          ends_.emplace(std::string(step.family).append(" ").append(record.request), stream.name);
        }
      }));
    }
    for (LedgerCompleteness::Stream& stream : found_.streams) settle_ends(stream);
    return {};
  }

  /// What one service has begun another one may have ended.
  void settle_ends(LedgerCompleteness::Stream& stream) {
    auto& summary = stream.summary;
    const auto ended = std::erase_if(summary.missing, [&](const Completeness::Begun& begun) {
      const std::string_view family = step_of(begun.act, "allow").family;
      const auto [first, last] =
          ends_.equal_range(std::string(family).append(" ").append(begun.request));
      return std::any_of(first, last, [&](const auto& end) { return end.second != stream.name; });
    });
    summary.ended += ended;
  }

  void settle_passed_on() {
    for (Hop& hop : hops_) {
      const std::string& sender = hop.record.sender;
      if (!concerns(sender) && !concerns(hop.record.stream)) continue;
      const auto lives = lives_.find(sender);
      if (told_.contains({sender, hop.record.request})) {
        ++found_.passed_on;
      } else if (lives != lives_.end() && !lives->second.must_tell(hop.records)) {
        ++found_.open;
      } else {
        found_.unsent.push_back(std::move(hop.record));
      }
    }
  }

  base::FileSystem& files_;
  const std::string folder_;
  const std::optional<std::string>& only_;  // nothing: all
  LedgerCompleteness found_;
  std::map<std::string, Lives> lives_;
  std::vector<Hop> hops_;
  std::set<std::string, std::less<>> wanted_;           // requests
  std::set<std::pair<std::string, std::string>> told_;  // streams and requests of theirs
  std::multimap<std::string, std::string> ends_;        // family and request: stream
};

}  // namespace

bool LedgerCompleteness::complete() const {
  return unsent.empty() && std::ranges::all_of(streams, [](const Stream& stream) {
           return stream.summary.missing.empty();
         });
}

std::string LedgerCompleteness::text() const {
  std::string out = fmt::format(
      "{} ({} streams; of {} requests between services both sides tell, {} are open, of {} the "
      "sender says nothing)\n",
      verdict(), streams.size(), passed_on, open, unsent.size());
  for (const auto& [name, summary] : streams) {
    out += fmt::format(
        "{}: {} ended, {} under way, {} unknown (their writer was killed), {} missing\n", name,
        summary.ended, summary.in_flight, summary.unknown, summary.missing.size());
    for (const auto& begun : summary.missing) {
      out +=
          fmt::format("{}: {} of {} at {} has no end\n", name, begun.act, begun.request, begun.seq);
    }
  }
  for (const Unsent& one : unsent) {
    out += fmt::format("{}: {} of {} at {} was asked for by {}, which has no record of it\n",
                       one.stream, one.act, one.request, one.seq, one.sender);
  }
  return out;
}

Result<LedgerCompleteness> check_completeness(base::FileSystem& files,
                                              const std::string& audit_folder,
                                              const std::optional<std::string>& only) {
  return Check(files, audit_folder, only).run();
}

}  // namespace srasta::audit
