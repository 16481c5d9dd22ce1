#include "sandbox/host.h"

#include "sandbox/landlock_rules.h"
#include "sandbox/run.h"
#include "sandbox/scratch.h"

#include <algorithm>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr int kScopesAbi = 6;
constexpr int kTruncateAbi = 3;

/// What a program does that does nothing; its error says what is missing.
base::Result<void> try_tier(const Host& host, Tier tier, const Account& account) {
  Job job;
  job.argv = {"/usr/bin/true"};
  job.fill = [](TreeWriter&) { return base::Result<void>(); };
  job.limits.wall = base::Millis(10'000);
  job.min_tier = tier;
  job.account = account;
  Host candidate = host;
  candidate.strongest = tier;
  SRASTA_TRY_ASSIGN(const Report report, run(job, candidate, -1));
  if (report.outcome == Outcome::Exited && report.status == 0 && report.nothing_left) return {};
  return base::make_error(base::Code::Unavailable, "a program that does nothing ended with " +
                                                       std::string(to_string(report.outcome)));
}

base::Result<void> build_filters(Host& host) {
  FilterOptions options{.internet_sockets = false,
                        .unix_sockets = true,
                        .metadata_by_path = true,
                        .truncate_by_path = true,
                        .other_processes = true};
  SRASTA_TRY_ASSIGN(host.filter, build_filter(options));
  options.internet_sockets = true;
  SRASTA_TRY_ASSIGN(host.filter_loopback, build_filter(options));
  // At T3 the host's files are in sight. What Landlock does not judge is for the rights of another
  // user to keep; where there is none, the calls are refused.
  SRASTA_TRY_ASSIGN(host.filter_t3,
                    build_filter({.metadata_by_path = ::geteuid() == 0,
                                  .truncate_by_path = host.landlock_abi >= kTruncateAbi}));
  return {};
}

void offer(Host& host, Tier tier, const Account& account) {
  if (const auto tried = try_tier(host, tier, account); !tried.ok()) {
    std::string sentence = "no ";
    sentence += to_string(tier);
    sentence += ": " + tried.error().message;
    if (!tried.error().detail.empty()) sentence += " (" + tried.error().detail + ")";
    host.missing.push_back(std::move(sentence));
    return;
  }
  host.tiers.push_back(tier);
}

void offer_t3(Host& host, const Account& account) {
  if (host.programs.scratch.empty()) {
    host.missing.emplace_back("no t3: no scratch folder is configured");
  } else if (::geteuid() != 0 && host.landlock_abi < kScopesAbi) {
    host.missing.emplace_back(
        "no t3: without Landlock ABI 6 a program could signal the processes of this user, and "
        "only root can give it another one");
  } else {
    static_cast<void>(Scratch::remove_stale(host.programs.scratch));
    offer(host, Tier::T3, account);
  }
}

void offer_t1c(Host& host, const Account& account) {
  if (!host.gives(Tier::T1)) return;
  if (!host.programs.cgroups.given()) {
    host.missing.emplace_back("no t1c: no control groups are configured");
    return;
  }
  Cgroup::remove_stale(host.programs.cgroups);
  offer(host, Tier::T1c, account);
}

}  // namespace

bool Host::gives(Tier tier) const {
  return std::ranges::find(tiers, tier) != tiers.end();
}

Host probe(const Programs& programs, const Account& account) {
  Host host;
  host.programs = programs;
  host.landlock_abi = landlock_abi();
  if (programs.landlock_abi_at_most) {
    host.landlock_abi = std::min(host.landlock_abi, *programs.landlock_abi_at_most);
  }
  if (host.landlock_abi < 1) {
    host.missing.emplace_back("no tier: this kernel has no Landlock, or has it switched off");
    return host;
  }
  if (const auto built = build_filters(host); !built.ok()) {
    host.missing.push_back("no tier: no system-call filter: " + built.error().message);
    return host;
  }
  offer_t3(host, account);
  offer(host, Tier::T1, account);
  offer_t1c(host, account);
  for (const Tier tier : host.tiers) host.strongest = std::max(host.strongest, tier);
  return host;
}

}  // namespace srasta::sandbox
