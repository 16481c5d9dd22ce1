// Question: what does the ledger carry? One answer for each mode, as one JSON object:
//   durable FOLDER SECONDS   records that 32 producers got on disk, each waiting for its own
//   single FOLDER SECONDS    the peer: one writer, one line of the same size, one fdatasync each
//   should FOLDER RECORDS    CPU of the producing thread for one record that nobody waits for
//   fill FOLDER RECORDS      a ledger to be verified
//   apart FOLDER RECORDS     the same of two streams
//   entangled FOLDER RECORDS the same; each record of the one shows another head of the other
#include "audit/ledger.h"
#include "base/encoding.h"
#include "crypto/hash.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace {

namespace audit = srasta::audit;
namespace base = srasta::base;

constexpr size_t kProducers = 32;
constexpr size_t kBurst = 1'000;       // below the backlog's bound
constexpr size_t kLineBytes = 660;     // of the peer: what a record has on average
constexpr base::Millis kLong{60'000};  // to wait for a slow disk

void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "audit_load: {}\n", what);
  std::exit(1);
}

/// As the gateway records the end of an inference.
audit::Event event_of(const std::string& request) {
  audit::Event event{.act = audit::Act::InferenceComplete,
                     .outcome = audit::Outcome::Ok,
                     .durability = audit::Durability::Should};
  event.actor = {.id = audit::Subject("auth0|64f1c2a9d3b7"),
                 .kind = audit::ActorKind::User,
                 .tenant = audit::Label("acme")};
  event.actor.roles.add(audit::Label("user"));
  event.corr.request = audit::Label(request);
  event.policy = {
      .id = audit::Label("access"), .revision = 7, .why = audit::Label("inference.invoke")};
  event.data.add("bytes_out", 1'893)
      .add("charged", 420)
      .add("input_tokens", 230)
      .add("model", audit::Label("qwen3-coder"))
      .add("output_tokens", 190)
      .add("status", 200)
      .add("upstream", audit::Label("local"))
      .add("usage_reported", true);
  return event;
}

class Bench {
 public:
  explicit Bench(const std::string& folder, const std::string& stream = "gateway") {
    auto opened = audit::Ledger::open(files_, clock_, entropy_,
                                      {.folder = folder,
                                       .stream = stream,
                                       .service = "bench",
                                       .release = "1",
                                       .must_wait = kLong});
    require(opened.ok(), opened ? "" : opened.error().message);
    ledger_ = *std::move(opened);
  }

  void durable(double seconds) {
    std::atomic<bool> stop = false;
    std::atomic<uint64_t> records = 0;
    const base::MonoTime begun = clock_.mono();
    {
      std::vector<std::jthread> producers;
      for (size_t number = 0; number < kProducers; ++number) {
        producers.emplace_back([&] {
          while (!stop) {
            produce_durable();
            ++records;
          }
        });
      }
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      stop = true;
    }
    print(records, clock_.mono() - begun);
  }

  void should(uint64_t records) {
    double cpu = 0;
    for (uint64_t done = 0; done < records; done += kBurst) {
      const double before = thread_cpu_seconds();
      burst();
      cpu += thread_cpu_seconds() - before;
      require(ledger_->flush(kLong).ok(), "the disk is too slow");
    }
    fmt::print(R"({{"us": {:.3f}}})"
               "\n",
               cpu * 1e6 / static_cast<double>(records));
  }

  void fill(uint64_t records) {
    for (uint64_t done = 0; done < records; done += kBurst) {
      burst();
      require(ledger_->flush(kLong).ok(), "the disk is too slow");
    }
    close();
  }

  /// A record whose head can be shown from then on.
  audit::Receipt produce_one() {
    std::promise<audit::Receipt> produced;
    ledger_->append_durable(event_, [&produced](const base::Result<audit::Receipt>& receipt) {
      require(receipt.ok(), "a record was refused");
      produced.set_value(*receipt);
    });
    return produced.get_future().get();
  }
  /// A record that shows the head that ends with `shown`, or none.
  void produce_showing(const audit::Receipt* shown) {
    audit::Event event = event_;
    if (shown != nullptr) {
      event.seen = {.stream = audit::Label(std::string_view(shown->stream)),
                    .records = shown->seq + 1,
                    .leaf = shown->leaf};
    }
    require(ledger_->append(event).ok(), "a record was refused");
    require(ledger_->flush(kLong).ok(), "the disk is too slow");
  }
  void close() { require(ledger_->close().ok(), "the ledger cannot be closed"); }

 private:
  static double thread_cpu_seconds() {
    timespec now{};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }

  void burst() {
    for (size_t i = 0; i < kBurst; ++i) {
      require(ledger_->append(event_).ok(), "a record was refused");
    }
  }

  void produce_durable() {
    std::atomic<int> outcome = 0;
    ledger_->append_durable(event_, [&outcome](const base::Result<audit::Receipt>& receipt) {
      outcome = receipt ? 1 : 2;
      outcome.notify_one();
    });
    outcome.wait(0);
    require(outcome == 1, "a record was refused");
  }

  static void print(uint64_t records, base::Micros took) {
    fmt::print(R"({{"per_second": {:.1f}}})"
               "\n",
               static_cast<double>(records) * 1e6 / static_cast<double>(took.count()));
  }

  base::PosixFileSystem files_;
  const base::SystemClock clock_;
  base::SystemEntropy entropy_;
  const std::string request_ = "01JD8Z9Q3W7X6Y5V4T3S2R1QPN";
  const audit::Event event_ = event_of(request_);
  std::unique_ptr<audit::Ledger> ledger_;
};

void fill_both(const std::string& folder, uint64_t records, bool entangled) {
  Bench gateway(folder);
  Bench tools(folder, "tools");
  for (uint64_t i = 0; i < records; ++i) {
    const audit::Receipt shown = tools.produce_one();
    gateway.produce_showing(entangled ? &shown : nullptr);
  }
  tools.close();
  gateway.close();
}

void single(const std::string& path, double seconds) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  auto file = files.open(path, base::OpenMode::CreateNew);
  require(file.ok(), "the file cannot be made");
  const std::string line = std::string(kLineBytes - 1, 'x') + "\n";
  uint64_t records = 0;
  const base::MonoTime begun = clock.mono();
  while (clock.mono() - begun < std::chrono::duration<double>(seconds)) {
    require((*file)->append(line).ok() && (*file)->sync().ok(), "the disk refuses");
    ++records;
  }
  fmt::print(
      R"({{"per_second": {:.1f}}})"
      "\n",
      static_cast<double>(records) * 1e6 / static_cast<double>((clock.mono() - begun).count()));
}

}  // namespace

int main(int argc, char** argv) {
  require(argc == 4, "durable|single|should|fill|apart|entangled FOLDER COUNT");
  const std::string mode = argv[1];
  const double count = std::strtod(argv[3], nullptr);
  if (mode == "single") {
    single(argv[2], count);
  } else if (mode == "durable") {
    Bench(argv[2]).durable(count);
  } else if (mode == "should") {
    Bench(argv[2]).should(static_cast<uint64_t>(count));
  } else if (mode == "fill") {
    Bench(argv[2]).fill(static_cast<uint64_t>(count));
  } else if (mode == "apart" || mode == "entangled") {
    fill_both(argv[2], static_cast<uint64_t>(count), mode == "entangled");
  } else {
    require(false, "durable, single, should, fill, apart or entangled");
  }
}
