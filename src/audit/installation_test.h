#pragma once

#include "audit/ledger.h"
#include "audit/verifier.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/seeded_entropy.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace srasta::audit {

/// For tests: settings under which a ledger does not dawdle.
inline LedgerSettings brisk_settings() {
  return {.folder = "/data/audit",
          .service = "api",
          .release = "0.1.0",
          .install_id = "inst-1",
          .reserve_bytes = 16384,
          .must_wait = base::Seconds(5),  // a machine that others use may stand still for a moment
          .gather = base::Millis(0),
          .retry = base::Millis(1),
          .watch = base::Millis(5)};
}

/// For tests: what a gateway says when it has let an inference through.
inline Event inference_event(Label request) {
  Event event{
      .act = Act::InferenceRequest, .outcome = Outcome::Allow, .durability = Durability::Should};
  event.actor.id = Subject(std::string_view("u-alice"));
  event.actor.kind = ActorKind::User;
  event.actor.roles.add(Label(std::string_view("user")));
  event.actor.tenant = Label(std::string_view("acme"));
  event.corr.request = request;
  event.data.add("model", Label(std::string_view("qwen3:4b")));
  return event;
}

/// For tests: a completion that can be waited for.
class Reply {
 public:
  Ledger::Completion completion() {
    return [shared = shared_](base::Result<Receipt> outcome) {
      const std::lock_guard lock(shared->mutex);
      shared->outcome.emplace(std::move(outcome));
      shared->arrived.notify_all();
    };
  }

  /// The outcome; waits for it, ten seconds at most.
  base::Result<Receipt> get() {
    std::unique_lock lock(shared_->mutex);
    shared_->arrived.wait_for(lock, std::chrono::seconds(10),
                              [&] { return shared_->outcome.has_value(); });
    return shared_->outcome.value_or(base::make_error(base::Code::Timeout, "no completion"));
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<base::Result<Receipt>> outcome;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// For tests: whether `condition` comes true within ten seconds.
template <typename Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// For tests: an installation in memory.
struct Installation {
  testing::FaultyFiles files;
  testing::ManualClock clock;
  testing::SeededEntropy entropy{7};
  LedgerSettings settings = brisk_settings();

  base::Result<std::unique_ptr<Ledger>> open() {
    return Ledger::open(files, clock, entropy, settings);
  }

  /// Appends `count` records, each durable before the next.
  static size_t append_durably(Ledger& ledger, size_t count) {
    size_t durable = 0;
    for (size_t i = 0; i < count; ++i) {
      Reply reply;
      const std::string id = "r-" + std::to_string(i);
      ledger.append_durable(inference_event(Label(std::string_view(id))), reply.completion());
      durable += reply.get().ok() ? 1 : 0;
    }
    return durable;
  }

  /// All records, segment after segment.
  [[nodiscard]] std::string log() const {
    std::string all;
    for (const auto& [path, content] : files.contents()) {
      if (path.ends_with(".jsonl")) all += content;
    }
    return all;
  }

  /// What the verifier says: "OK", or the verdict and number of the violation.
  [[nodiscard]] std::string verdict() {
    const LedgerReport report = verify_ledger(files, settings.folder);
    if (report.intact()) return "OK";
    if (report.streams.empty()) return report.problem;
    const Finding violation = report.streams[0].violation.value_or(Finding());
    return std::string(to_string(violation.verdict)) + " " + std::to_string(violation.seq);
  }

  static std::string segment_path(std::string_view first_seq) {
    const std::string digits = std::string(20 - first_seq.size(), '0') + std::string(first_seq);
    return "/data/audit/gateway/seg/" + digits + ".jsonl";
  }
};

}  // namespace srasta::audit
