#pragma once

#include "audit/ledger.h"
#include "base/clock.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/seeded_entropy.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// For tests: a log in memory, written by the real ledger.
struct StoredLog {
  testing::FaultyFiles files;
  testing::ManualClock clock;
  testing::SeededEntropy entropy{7};
  std::unique_ptr<audit::Ledger> ledger;

  explicit StoredLog(uint64_t segment_bytes = uint64_t{1} << 20) { open(segment_bytes); }

  void open(uint64_t segment_bytes) {
    ledger = *audit::Ledger::open(files, clock, entropy,
                                  {.folder = "/data/audit",
                                   .service = "api",
                                   .release = "0.1.0",
                                   .install_id = "inst-1",
                                   .segment_bytes = segment_bytes,
                                   .reserve_bytes = 4096,
                                   .backlog_records = 100'000,
                                   .gather = base::Millis(0),
                                   .watch = base::Millis(5)});
  }

  /// Of what `add` takes, the number of the request names it: "r-17".
  void add(std::string_view actor, std::string_view tenant, std::string_view request,
           audit::Act act = audit::Act::InferenceRequest,
           audit::Outcome outcome = audit::Outcome::Allow) const {
    audit::Event event{.act = act, .outcome = outcome, .durability = audit::Durability::Should};
    event.actor.id = audit::Subject(actor);
    event.actor.kind = audit::ActorKind::User;
    event.actor.tenant = audit::Label(tenant);
    event.corr.request = audit::Label(request);
    (void)ledger->append(event);
  }
  /// Records that differ in actor, tenant and request.
  void add_many(size_t count) const {
    for (size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      add("u-" + std::to_string(i % 7), i % 2 == 0 ? "acme" : "globex", "r-" + number);
    }
    (void)ledger->flush(base::Seconds(20));
  }
  [[nodiscard]] uint64_t end() const { return ledger->head().next_seq; }

  /// Puts `to` in the place of the first `from` in the segments.
  bool change(std::string_view from, std::string_view to) {
    for (auto [path, content] : files.contents()) {
      const size_t found = content.find(from);
      if (!path.ends_with(".jsonl") || found == std::string::npos) continue;
      files.put(path, content.replace(found, from.size(), to));
      return true;
    }
    return false;
  }
};

}  // namespace srasta::evidence
