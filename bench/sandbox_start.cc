// How long does it take to run a program that does nothing in a sandbox, and how much of that is
// bubblewrap itself? Both alternate in one run, because machines are noisy.
//
// Usage: sandbox_start INIT [RUNS [SCRATCH]]: the path of srasta-sandbox-init; 200 runs; with a
// scratch folder T3 is measured, too. Prints one JSON object, in milliseconds.
#include "base/clock.h"
#include "base/encoding.h"
#include "sandbox/host.h"
#include "sandbox/launch.h"
#include "sandbox/run.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace {

using srasta::base::Micros;
using srasta::base::Result;
namespace sandbox = srasta::sandbox;

constexpr sandbox::Account kAccount{.user = 64'000, .group = 64'000};

Micros now() {
  return srasta::base::SystemClock().mono().time_since_epoch();
}

bool run_sandboxed(const sandbox::Host& host) {
  sandbox::Job job;
  job.argv = {"/usr/bin/true"};
  job.environment = {{"PATH", "/usr/bin"}};
  job.fill = [](sandbox::TreeWriter&) { return Result<void>(); };
  job.min_tier = host.strongest;
  job.account = kAccount;
  const auto report = run(job, host, -1);
  return report.ok() && report->outcome == sandbox::Outcome::Exited && report->status == 0;
}

/// The shortest line with which bubblewrap runs anything.
bool run_bubblewrap(const sandbox::Host& host) {
  const srasta::base::Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  sandbox::LaunchSpec spec;
  spec.program = host.programs.bwrap;
  spec.arguments = {"--unshare-all", "--ro-bind", "/", "/", "/usr/bin/true"};
  spec.output = null.get();
  spec.errors = null.get();
  if (::geteuid() == 0) spec.account = kAccount;
  const auto launched = launch(spec);
  return launched.ok() && reap(*launched).ok();
}

template <typename Function>
bool measure(std::vector<Micros>& into, const Function& function) {
  const Micros before = now();
  const bool good = function();
  into.push_back(now() - before);
  return good;
}

double quantile(std::vector<Micros>& times, size_t hundredth) {
  std::ranges::sort(times);
  const size_t index = std::min(times.size() - 1, times.size() * hundredth / 100);
  return static_cast<double>(times[index].count()) / 1000;
}

struct Series {
  std::string name;
  sandbox::Host host;
  std::vector<Micros> times;
};

std::vector<Series> tiers_of(const sandbox::Host& host) {
  std::vector<Series> series;
  for (const sandbox::Tier tier : host.tiers) {
    series.push_back({.name = std::string(to_string(tier)), .host = host, .times = {}});
    series.back().host.strongest = tier;
  }
  return series;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<size_t>(argc));
  if (arguments.size() < 2) {
    fmt::print(stderr, "usage: sandbox_start INIT [RUNS [SCRATCH]]\n");
    return 2;
  }
  sandbox::Programs programs;
  programs.sandbox_init = arguments[1];
  if (arguments.size() > 3) programs.scratch = arguments[3];
  const auto runs =
      arguments.size() > 2 ? srasta::base::parse_u64(arguments[2]).value_or(200) : 200;
  const sandbox::Host host = probe(programs, kAccount);
  for (const std::string& sentence : host.missing) fmt::print(stderr, "{}\n", sentence);
  if (host.tiers.empty()) return 1;
  std::vector<Series> series = tiers_of(host);
  std::vector<Micros> plain;
  for (uint64_t count = 0; count < runs; ++count) {
    bool good = measure(plain, [&] { return run_bubblewrap(host); });
    for (Series& one : series) {
      good = measure(one.times, [&] { return run_sandboxed(one.host); }) && good;
    }
    if (!good) {
      fmt::print(stderr, "a run failed\n");
      return 1;
    }
  }
  fmt::print("{{\"runs\":{},\"bwrap\":{{\"p50\":{:.2f},\"p99\":{:.2f}}}", runs, quantile(plain, 50),
             quantile(plain, 99));
  for (Series& one : series) {
    fmt::print(",\"{}\":{{\"p50\":{:.2f},\"p99\":{:.2f}}}", one.name, quantile(one.times, 50),
               quantile(one.times, 99));
  }
  fmt::print("}}\n");
  return 0;
}
