#include "audit/ledger.h"

#include "audit/backlog.h"
#include "audit/committer.h"
#include "audit/noted_heads.h"
#include "audit/record.h"
#include "audit/start.h"
#include "base/encoding.h"

#include <atomic>
#include <thread>
#include <utility>

namespace srasta::audit {
namespace {

// `,"prev":"` + 64 digits + `","seq":` + 16 digits: what the committer adds to the parts.
constexpr size_t kMiddleBytes = 9 + 64 + 8 + 16;

base::Error refusal() {
  return base::make_error(base::Code::Unavailable, "the audit log cannot take more records");
}

}  // namespace

std::string to_string(const Receipt& receipt) {
  return receipt.stream + ":" + std::to_string(receipt.seq) + ":" +
         base::to_hex(crypto::bytes_of(receipt.leaf).substr(0, 16));
}

class Ledger::Impl {
 public:
  Impl(const base::Clock& clock, LedgerSettings settings, Started started)
      : clock_(clock),
        settings_(std::move(settings)),
        origin_(started.author.install_id + "/" + started.author.stream),
        writer_(started.author),
        backlog_({.records = settings_.backlog_records, .age = settings_.backlog_age}),
        committer_({.clock = clock_,
                    .settings = settings_,
                    .backlog = backlog_,
                    .writer = writer_,
                    .files = std::move(started.files),
                    .lock = std::move(started.lock),
                    .head = std::move(started.head),
                    .under_way = Completeness(started.unfinished)},
                   started.end) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { (void)close(); }

  base::Result<void> begin(const std::vector<TornTail>& tails,
                           std::span<const Completeness::Begun> unfinished, bool genesis) {
    SRASTA_TRY(committer_.prepare());
    if (genesis) SRASTA_TRY(committer_.write_now(genesis_event(origin_)));
    for (const TornTail& tail : tails) SRASTA_TRY(committer_.write_now(recovered_event(tail)));
    if (!genesis) SRASTA_TRY(committer_.write_now(system_event(Act::LogOpen)));
    SRASTA_TRY(committer_.write_all_now(unseen_end_events(unfinished)));
    if (settings_.new_epoch) SRASTA_TRY(committer_.change_epoch());
    SRASTA_TRY(committer_.sign_head());
    thread_ = std::thread([this] { committer_.run(); });
    return {};
  }

  base::Result<void> append(const Event& event) {
    if (event.durability == Durability::May && space_is_scarce()) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return {};
    }
    const base::MonoTime now = clock_.mono();
    SRASTA_TRY_ASSIGN(const std::string_view parts, serialise(event, now));
    if (backlog_.push(parts, now, nullptr) == Backlog::Push::Accepted) return {};
    backlog_.note_loss(clock_.wall());
    if (event.durability == Durability::May) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return {};
    }
    refused_.fetch_add(1, std::memory_order_relaxed);
    return refusal();
  }

  bool try_append(const Event& event) {
    const base::MonoTime now = clock_.mono();
    const auto parts = serialise(event, now);
    return parts && backlog_.push(*parts, now, nullptr) == Backlog::Push::Accepted;
  }

  void append_durable(const Event& event, Completion done) {
    const base::MonoTime now = clock_.mono();
    const auto parts = serialise(event, now);
    if (!parts) return done(parts.error());
    if (!committer_.healthy()) return refuse(done);
    auto waiter = std::make_shared<Waiter>(std::move(done),
                                           std::chrono::steady_clock::now() + settings_.must_wait);
    deadlines_.watch(waiter);
    if (backlog_.push(*parts, now, waiter) == Backlog::Push::Accepted) return;
    refuse([&waiter](base::Result<Receipt> outcome) { waiter->complete(std::move(outcome)); });
  }

  void note_seen(const SeenHead& seen) { noted_.add(seen); }

  [[nodiscard]] bool accepting() const {
    return !closed_.load() && !committer_.poisoned() && backlog_.has_room(clock_.mono());
  }
  [[nodiscard]] bool space_is_scarce() const { return committer_.space_is_scarce(); }
  [[nodiscard]] bool healthy() const { return !closed_.load() && committer_.healthy(); }
  [[nodiscard]] std::string last_fault() const { return committer_.last_fault(); }
  [[nodiscard]] const std::string& origin() const { return origin_; }

  [[nodiscard]] Head head() const {
    const ChainEnd end = committer_.durable();
    return {end.next_seq, end.leaf};
  }

  [[nodiscard]] Stats stats() const {
    return {committer_.records(), committer_.batches(), refused_.load(), dropped_.load(),
            backlog_.unfinished()};
  }

  [[nodiscard]] CommitGate& gate() { return committer_.gate(); }

  base::Result<void> flush(base::Millis limit) {
    if (backlog_.wait_until_empty(limit) && committer_.healthy()) return {};
    return base::make_error(base::Code::Unavailable, "the audit log is not written yet",
                            committer_.last_fault());
  }

  base::Result<void> close() {
    if (closed_.exchange(true) || !thread_.joinable()) return {};
    backlog_.close();
    thread_.join();
    if (committer_.poisoned()) {
      return base::make_error(base::Code::Corrupt, committer_.last_fault());
    }
    SRASTA_TRY(committer_.write_now(system_event(Act::LogClose)));
    return committer_.sign_head();
  }

 private:
  /// The parts of the record, in memory of this thread until its next call.
  base::Result<std::string_view> serialise(const Event& event, base::MonoTime now) {
    static thread_local std::string parts;
    parts.clear();
    const auto noted = event.seen.stream.empty() ? noted_.take() : std::nullopt;
    const SeenHead with_probe = noted ? noted->head() : SeenHead();
    writer_.append_parts(parts, event, clock_.wall(), now, noted ? &with_probe : nullptr);
    if (parts.size() + kMiddleBytes <= kMaxBodyBytes) return std::string_view(parts);
    return base::make_error(base::Code::TooLarge, "an audit record is larger than 8 KiB");
  }

  void refuse(const Completion& done) {
    backlog_.note_loss(clock_.wall());
    refused_.fetch_add(1, std::memory_order_relaxed);
    done(refusal());
  }

  const base::Clock& clock_;
  const LedgerSettings settings_;
  const std::string origin_;
  RecordWriter writer_;
  NotedHeads noted_;
  Backlog backlog_;
  Deadlines deadlines_;
  Committer committer_;
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<bool> closed_{false};
  std::thread thread_;
};

base::Result<std::unique_ptr<Ledger>> Ledger::open(base::FileSystem& files,
                                                   const base::Clock& clock, base::Entropy& entropy,
                                                   LedgerSettings settings) {
  SRASTA_TRY_ASSIGN(Started started, start_stream(files, clock, entropy, settings));
  const std::vector<TornTail> tails = std::move(started.tails);
  const std::vector<Completeness::Begun> unfinished = std::move(started.unfinished);
  const bool genesis = started.end.next_seq == 0;
  auto impl = std::make_unique<Impl>(clock, std::move(settings), std::move(started));
  SRASTA_TRY(impl->begin(tails, unfinished, genesis));
  return std::make_unique<Ledger>(Key{}, std::move(impl));
}

Ledger::Ledger(Key, std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

base::Result<void> Ledger::append(const Event& event) {
  return impl_->append(event);
}
bool Ledger::try_append(const Event& event) {
  return impl_->try_append(event);
}
void Ledger::append_durable(const Event& event, Completion done) {
  impl_->append_durable(event, std::move(done));
}
void Ledger::note_seen(const SeenHead& seen) {
  impl_->note_seen(seen);
}
bool Ledger::accepting() const {
  return impl_->accepting();
}
bool Ledger::space_is_scarce() const {
  return impl_->space_is_scarce();
}

bool Ledger::healthy() const {
  return impl_->healthy();
}
std::string Ledger::last_fault() const {
  return impl_->last_fault();
}
Ledger::Head Ledger::head() const {
  return impl_->head();
}
Ledger::Stats Ledger::stats() const {
  return impl_->stats();
}
const std::string& Ledger::origin() const {
  return impl_->origin();
}
void Ledger::hold(base::Millis limit) {
  impl_->gate().hold(limit);
}
bool Ledger::quiet() const {
  return impl_->gate().quiet();
}
bool Ledger::release() {
  return impl_->gate().release();
}
base::Result<void> Ledger::flush(base::Millis limit) {
  return impl_->flush(limit);
}
base::Result<void> Ledger::close() {
  return impl_->close();
}

}  // namespace srasta::audit
