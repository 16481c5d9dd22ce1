// A gateway without requests for lease_kill_test: reserves and settles on two threads until it is
// killed. argv: data folder, journal, day, seed. The journal gets "NAME TOKENS" when the tokens are
// used, before they are settled; standard output gets a byte for each step.
#include "gateway/lease_spender.h"

#include "base/encoding.h"
#include "gateway/lease_store.h"
#include "gateway/lease_writer.h"

#include <fcntl.h>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>

namespace srasta::gateway {
namespace {

constexpr uint64_t kMostTokens = 3'000;

void put(int descriptor, std::string_view text) {
  if (::write(descriptor, text.data(), text.size()) < 0) ::_exit(3);
}

class Spender {
 public:
  Spender(LeaseStore& store, int journal, uint64_t day)
      : now_(spender_time(day)), book_(spender_rules()), writer_(book_, store), journal_(journal) {}

  bool start(LeaseStore& store) {
    const auto rows = store.load();
    if (!rows) return false;
    book_.load(*rows);
    return writer_.tidy(now_).ok();
  }

  void run(uint64_t seed) {
    std::mt19937_64 dice(seed);
    while (true) {
      const std::string_view name = kSpenders[dice() % std::size(kSpenders)];
      const uint64_t bound = 1 + dice() % kMostTokens;
      auto outcome = book_.reserve(spender(name), bound / 2, bound - bound / 2, now_);
      if (std::holds_alternative<access::BudgetLeaseWanted>(outcome)) {
        auto leased = writer_.reserve({spender(name), bound / 2, bound - bound / 2, now_});
        if (!leased) ::_exit(4);
        outcome = *std::move(leased);
      }
      if (auto* const held = std::get_if<access::BudgetBook::Reservation>(&outcome)) {
        const uint64_t used = dice() % (bound + 1);
        put(journal_, std::string(name) + " " + std::to_string(used) + "\n");
        (void)held->settle(used);
      }
      put(STDOUT_FILENO, ".");
    }
  }

 private:
  base::WallTime now_;
  access::BudgetBook book_;
  LeaseWriter writer_;
  int journal_;
};

int run(const std::string& folder, const char* journal_path, uint64_t day, uint64_t seed) {
  auto store = LeaseStore::open(folder);
  if (!store) {
    put(STDERR_FILENO, store.error().message);
    return 1;
  }
  const int journal = ::open(journal_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (journal < 0) return 1;
  Spender spender(**store, journal, day);
  if (!spender.start(**store)) return 1;
  std::thread second([&] { spender.run(seed + 1); });
  spender.run(seed);
  second.join();
  return 0;
}

}  // namespace
}  // namespace srasta::gateway

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto day = srasta::base::parse_u64(argv[3]);
  const auto seed = srasta::base::parse_u64(argv[4]);
  if (!day || !seed) return 2;
  return srasta::gateway::run(argv[1], argv[2], *day, *seed);
}
