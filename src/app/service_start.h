#pragma once

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "identity/forwarded_authenticator.h"
#include "json/document.h"
#include "process/confine.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What every service executable does before its service begins.
namespace srasta::app {

/// The arguments of a service; `srasta up` writes them.
struct StartOptions {
  std::string config_file;  ///< empty: built-in defaults
  std::string data_folder;
  std::string listen;  ///< empty: from the configuration; of the gateway only
};

enum class Listens : uint8_t { OnSockets, OnAddress };

/// `about`: one line for --help, which ends the process.
[[nodiscard]] base::Result<StartOptions> parse_start_options(int argc, char** argv,
                                                             const char* about, Listens listens);

/// This process's environment, read once.
[[nodiscard]] config::Environment process_environment();

/// The inherited descriptor whose number is in the variable `name`; nothing without it.
[[nodiscard]] std::optional<int> descriptor_in(const config::Environment& environment,
                                               const std::string& name);

/// The option --listen is an override like any variable: locked, and checked by the same rules.
[[nodiscard]] base::Result<config::Loaded> load_config(const StartOptions& options,
                                                       config::Environment environment);

/// What the supervisor hands over in sealed memory, a JSON object; nothing without a supervisor.
/// Once: the memory is closed.
[[nodiscard]] base::Result<std::optional<json::Document>> take_handed_over(
    const config::Environment& environment);
/// A text member of it.
[[nodiscard]] base::Result<std::string> handed_over(const json::Document& document,
                                                    std::string_view name);
/// The keys of one direction; none when the member is missing.
[[nodiscard]] base::Result<std::vector<identity::ForwardingPeer>> handed_over_keys(
    const json::Document& document, std::string_view name);

/// SHA-256 of the running executable, hexadecimal; empty when it cannot be read. Opens it at once,
/// before confinement forbids that, and reads it when called.
[[nodiscard]] std::function<std::string()> digest_of_this_program();

/// What every service may read: the system's files, install.id, the configuration and the files
/// that `named` lists, with their folders, so that they can be replaced while it runs.
[[nodiscard]] process::Confinement service_confinement(const StartOptions& options,
                                                       std::vector<std::string> named);
void log_confinement(base::Log& log, const process::Enforced& enforced);

/// Tells the supervisor, if there is one, that requests are answered.
void tell_ready(const config::Environment& environment);

/// Signals are taken by loops; a closed pipe is an error of its write.
void block_signals();

/// Prints `error` in the name of `program`; the status to exit with.
[[nodiscard]] int report(const char* program, const base::Error& error);

}  // namespace srasta::app
