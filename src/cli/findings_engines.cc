#include "base/descriptor.h"
#include "base/file.h"
#include "cli/dialling.h"
#include "cli/engine_starts.h"
#include "cli/engines.h"
#include "cli/findings.h"
#include "cli/operator_log.h"
#include "config/engine.h"
#include "process/user.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string subject_of(const config::Engine& engine) {
  return "engine " + engine.name.str();
}

/// The account that the engine would get, as root; nothing when it is not there.
base::Result<std::optional<process::User>> account_of(const config::Engine& engine) {
  if (::geteuid() != 0) return std::optional<process::User>();
  return process::find_user(engine.user);
}

Finding examine_account(const config::Engine& engine, const std::optional<process::User>& user) {
  if (::geteuid() != 0) {
    return {Verdict::Warn, subject_of(engine),
            "runs as the user of `srasta up`, whose files it may read",
            "start srasta up as root, with a user " + std::string(config::kEngineUser)};
  }
  if (!user) {
    return {Verdict::Fail, subject_of(engine), "there is no user " + engine.user,
            useradd_line(engine.user)};
  }
  return {Verdict::Ok, subject_of(engine), "runs as " + engine.user, {}};
}

Finding examine_program(const config::Engine& engine) {
  struct stat status{};
  if (::stat(engine.program.c_str(), &status) != 0) {
    return {Verdict::Fail, subject_of(engine),
            fmt::format("{}: {}", engine.program, ::strerror(errno)),
            "install it, or mend `program`"};
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return {Verdict::Fail, subject_of(engine), engine.program + " is no executable file",
            "chmod 0755 " + engine.program};
  }
  return {Verdict::Ok, subject_of(engine), engine.program + " can be started", {}};
}

/// Of llama.cpp alone: vLLM may take an id of a hub.
Finding examine_model(const config::Engine& engine, const std::optional<process::User>& user) {
  const process::ActingAs acting(user);
  const base::Descriptor file(::open(engine.model.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.open()) return {Verdict::Ok, subject_of(engine), engine.model + " can be read", {}};
  return {Verdict::Fail, subject_of(engine), fmt::format("{}: {}", engine.model, ::strerror(errno)),
          "its user must be able to read the file and enter its folders"};
}

Finding examine_port(const config::Engine& engine, bool up) {
  const bool listens = answers(std::string(config::kEngineHost), engine.port, Names::Numeric);
  if (up && listens) {
    return {Verdict::Ok, subject_of(engine), fmt::format("answers on port {}", engine.port), {}};
  }
  if (up) {
    return {Verdict::Warn, subject_of(engine),
            fmt::format("does not answer on port {}: not started, or it loads", engine.port),
            "its log says what it does"};
  }
  if (listens) {
    return {Verdict::Fail, subject_of(engine),
            fmt::format("something else answers on port {}", engine.port),
            "stop it, or choose another `port`"};
  }
  return {Verdict::Ok, subject_of(engine), fmt::format("port {} is free", engine.port), {}};
}

Finding examine_log(const config::Engine& engine, const std::string& data_folder) {
  const std::string file = engine_log_file(data_folder, engine.name.str());
  uint64_t bytes = 0;
  for (const char* ending : {"", ".1", ".2"}) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file + ending, failure);
    if (!failure) bytes += size;
  }
  return {
      Verdict::Ok, subject_of(engine), fmt::format("{} MiB of log in {}", bytes / kMiB, file), {}};
}

}  // namespace

std::vector<Finding> examine_engines(const config::Config& config, const std::string& data_folder) {
  base::PosixFileSystem files;
  const bool up = is_up(files, data_folder);
  std::vector<Finding> findings;
  for (const config::Engine& engine : config.inference.engines) {
    const auto user = account_of(engine);
    const auto account = user ? *user : std::nullopt;
    findings.push_back(examine_account(engine, account));
    findings.push_back(examine_program(engine));
    const bool readable_by_us = ::geteuid() != 0 || account.has_value();
    if (engine.kind == config::UpstreamKind::LlamaCpp && readable_by_us) {
      findings.push_back(examine_model(engine, account));
    }
    findings.push_back(examine_port(engine, up));
    findings.push_back(examine_log(engine, data_folder));
  }
  return findings;
}

}  // namespace srasta::cli
