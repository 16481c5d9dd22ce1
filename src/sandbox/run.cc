#include "sandbox/run.h"

#include "sandbox/session.h"

#include <algorithm>
#include <string>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr uid_t kNobody = 65534;

base::Error invalid(std::string why) {
  return base::make_error(base::Code::Invalid, "not a job: " + std::move(why));
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

base::Result<void> check_program(const Job& job) {
  if (job.argv.empty() || !job.argv.front().starts_with('/')) {
    return invalid("the program is no absolute path");
  }
  if (std::ranges::any_of(job.argv, has_nul)) return invalid("an argument has a NUL");
  for (const auto& [name, value] : job.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return invalid("a variable cannot be passed");
    }
  }
  if (!job.fill) return invalid("nothing fills the workspace");
  return {};
}

base::Result<void> check_limits(const Limits& limits) {
  const bool positive = limits.wall.count() > 0 && limits.cpu.count() > 0 && limits.memory > 0 &&
                        limits.processes > 0 && limits.open_files > 0 && limits.file_size > 0 &&
                        limits.tree_bytes > 0 && limits.tmp_bytes > 0 && limits.files > 0 &&
                        limits.output_total > 0;
  return positive ? base::Result<void>() : invalid("a limit is zero");
}

base::Result<void> check_account(const Job& job, Tier tier) {
  if (::geteuid() != 0) return {};
  if (job.account.user == 0 || job.account.group == 0) return invalid("it would run as root");
  if (tier == Tier::T3 && job.account.user == kNobody) {
    return invalid("at T3 it needs an account that nothing else uses");
  }
  return {};
}

}  // namespace

base::Result<Report> run(const Job& job, const Host& host, int cancel_descriptor) {
  if (host.strongest == Tier::None || host.strongest < job.min_tier) {
    return base::make_error(base::Code::Unsupported,
                            "the host gives tier " + std::string(to_string(host.strongest)) +
                                ", and at least " + std::string(to_string(job.min_tier)) +
                                " is wanted");
  }
  SRASTA_TRY(check_program(job));
  SRASTA_TRY(check_limits(job.limits));
  SRASTA_TRY(check_account(job, host.strongest));
  return Session(job, host, cancel_descriptor).run();
}

std::string_view refusal_of(const base::Error& error) {
  switch (error.code) {
    case base::Code::Unsupported:
      return "sandbox_tier";
    case base::Code::NotFound:
      return "sandbox_program";
    case base::Code::Invalid:
      return "sandbox_job";
    default:
      return "sandbox_unavailable";
  }
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Exited:
      return "exited";
    case Outcome::Signalled:
      return "signalled";
    case Outcome::Timeout:
      return "timeout";
    case Outcome::Cancelled:
      return "cancelled";
    case Outcome::OutOfMemory:
      return "out_of_memory";
    case Outcome::TooMuchOutput:
      return "too_much_output";
  }
  return "signalled";
}

}  // namespace srasta::sandbox
