#include "sandbox/runner.h"

#include "sandbox/account_range.h"
#include "sandbox/packet.h"
#include "sandbox/run.h"
#include "sandbox/run_message.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace srasta::sandbox {
namespace {

constexpr size_t kLargestAsk = 64;
constexpr uint64_t kLargestOrder = 8ULL << 20;
constexpr uint64_t kLargestTree = 1ULL << 30;
/// Which accounts are in use: one for each run that is under way. Whoever asks allows itself less.
class Accounts {
 public:
  explicit Accounts(AccountRange range) : range_(std::move(range)) {}

  [[nodiscard]] Account at(size_t index) const { return range_.at(index); }
  std::optional<size_t> take() {
    const std::lock_guard lock(mutex_);
    const auto free = std::ranges::find(used_, false);
    if (free == used_.end()) return std::nullopt;
    *free = true;
    return static_cast<size_t>(free - used_.begin());
  }
  void give_back(size_t index) {
    const std::lock_guard lock(mutex_);
    used_[index] = false;
  }

 private:
  const AccountRange range_;
  std::mutex mutex_;
  std::array<bool, AccountRange::kAccounts> used_{};
};

/// What all runs share, which may outlive the loop that began them.
struct Shared {
  explicit Shared(AccountRange range) : accounts(std::move(range)) {}

  Host host;
  Accounts accounts;
};

struct Asked {
  base::Descriptor order;
  base::Descriptor tree;
  base::Descriptor socket;
};

/// What the program left is only looked at when it ended by itself: of a run that was cut off it is
/// nothing that anybody wanted.
base::Result<void> take_changes(const RunOrder& order, const Report& report, RunEnd& end) {
  if (!order.capture || report.outcome != Outcome::Exited) return {};
  auto captured = capture(report.workspace.get(), report.filled, order.capture_limits);
  if (!captured && captured.error().code == base::Code::TooLarge) {
    end.too_much_to_capture = true;
    return {};
  }
  if (!captured) return captured.error();
  end.changes = std::move(captured->changes);
  end.ignored = captured->ignored.size();
  return {};
}

base::Result<RunEnd> end_of(const RunOrder& order, base::Result<Report> ran) {
  if (!ran) return ran.error();
  Report report = *std::move(ran);
  RunEnd end{.outcome = report.outcome,
             .status = report.status,
             .signal = report.signal,
             .tier = report.tier,
             .wall = report.wall,
             .cpu = report.cpu,
             .max_rss_bytes = report.max_rss_bytes,
             .output = std::move(report.output),
             .errors = std::move(report.errors),
             .nothing_left = report.nothing_left};
  SRASTA_TRY(take_changes(order, report, end));
  return end;
}

base::Result<RunEnd> run_asked(const Asked& asked, const Host& host, const Account& account) {
  SRASTA_TRY_ASSIGN(const SealedView bytes, SealedView::map(asked.order.get(), kLargestOrder));
  SRASTA_TRY_ASSIGN(const SealedView tree, SealedView::map(asked.tree.get(), kLargestTree));
  SRASTA_TRY_ASSIGN(RunOrder order, unpack_order(bytes.bytes()));
  order.job.account = account;
  order.job.fill = [&tree](TreeWriter& writer) { return write_files(tree.bytes(), writer); };
  return end_of(order, run(order.job, host, asked.socket.get()));
}

/// Nobody is there to be told if this fails.
void answer(const Asked& asked, const base::Result<RunEnd>& end) {
  const auto sealed = seal(pack(end));
  if (sealed) (void)send_packet(asked.socket.get(), "e", {sealed->get()});
}

void begin(Asked asked, const std::shared_ptr<Shared>& shared) {
  const auto index = shared->accounts.take();
  if (!index) {
    return answer(asked, base::make_error(base::Code::Unavailable, "too many runs at once"));
  }
  std::thread([asked = std::move(asked), shared, at = *index] {
    answer(asked, run_asked(asked, shared->host, shared->accounts.at(at)));
    shared->accounts.give_back(at);
  }).detach();
}

}  // namespace

base::Result<void> serve_runs(int socket, const Programs& programs, const std::string& accounts) {
  SRASTA_TRY_ASSIGN(AccountRange range, AccountRange::take(accounts));
  const auto shared = std::make_shared<Shared>(std::move(range));
  shared->host = probe(programs, shared->accounts.at(0));
  const std::string report =
      pack(HostReport{.strongest = shared->host.strongest, .missing = shared->host.missing});
  if (const int wrong = send_packet(socket, report); wrong != 0) {
    return base::errno_error("say what the host gives", wrong);
  }
  while (true) {
    SRASTA_TRY_ASSIGN(auto packet, receive_packet(socket, kLargestAsk));
    if (!packet) return {};
    auto& given = packet->descriptors;
    if (given.size() != 3) {
      return base::make_error(base::Code::Invalid, "a run is asked for by three descriptors");
    }
    begin(
        {.order = std::move(given[0]), .tree = std::move(given[1]), .socket = std::move(given[2])},
        shared);
  }
}

}  // namespace srasta::sandbox
