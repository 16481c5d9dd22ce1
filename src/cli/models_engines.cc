#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/engines.h"
#include "cli/exit_code.h"
#include "cli/gateway_client.h"
#include "cli/models_verbs.h"
#include "cli/operator_log.h"
#include "json/document.h"

#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr uint64_t kMostBytes = 64 * 1024;

struct Options {
  std::string data_folder = default_data_folder();
  std::string model;
  bool json = false;
};

int fail(const base::Error& error) {
  print_error(error);
  return 1;
}

base::Result<std::string> fetch(const Options& options) {
  SRASTA_TRY_ASSIGN(const GatewayClient gateway,
                    GatewayClient::open(options.data_folder, "operator"));
  return gateway.fetch("/srasta/v1/inference/engines");
}

std::string_view text_of(json::Value object, std::string_view member) {
  const auto value = object.find(member);
  return value ? value->string().value_or("") : "";
}

int64_t number_of(json::Value object, std::string_view member) {
  const auto value = object.find(member);
  return value ? value->integer().value_or(0) : 0;
}

bool flag_of(json::Value object, std::string_view member) {
  const auto value = object.find(member);
  return value && value->boolean().value_or(false);
}

/// In one phrase, why requests go there or not.
std::string standing_of(json::Value engine) {
  if (flag_of(engine, "external") && !flag_of(engine, "acknowledged")) {
    return fmt::format("outside; srasta models acknowledge-egress {}", text_of(engine, "name"));
  }
  const std::string_view state = text_of(engine, "state");
  if (state != "used") return std::string(state == "ejected" ? "ejected" : "on trial");
  return flag_of(engine, "reachable") ? "answers" : "does not answer";
}

using Processes = std::map<std::string, std::string, std::less<>>;

/// Of the engines that the platform runs itself; none when it does not run.
Processes own_engines(const std::string& data_folder) {
  base::PosixFileSystem files;
  Processes processes;
  if (!is_up(files, data_folder)) return processes;
  const auto text = base::read_file(files, running_engines_file(data_folder), kMostBytes);
  std::istringstream lines(text ? *text : "");
  for (std::string name, process; lines >> name >> process;) processes.emplace(name, process);
  return processes;
}

std::string ours(const Processes& processes, std::string_view name) {
  const auto found = processes.find(name);
  return found == processes.end() ? "" : ", process " + found->second;
}

void print_engine(json::Value engine, const Processes& processes) {
  const auto models = engine.find("models");
  fmt::print("{:<20} {:<9} {:<9} {:>5}/{:<5} {:>7}  {:>6}  {}{}\n", text_of(engine, "name"),
             text_of(engine, "kind"), flag_of(engine, "external") ? "external" : "local",
             number_of(engine, "in_hand"), number_of(engine, "places"),
             number_of(engine, "waiting"), models ? models->size() : 0, standing_of(engine),
             ours(processes, text_of(engine, "name")));
}

int show_engines(const Options& options) {
  const auto answer = fetch(options);
  if (!answer) return fail(answer.error());
  if (options.json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = json::Document::parse(*answer);
  if (!document) return fail(document.error());
  const auto engines = document->root().find("engines");
  fmt::print("{:<20} {:<9} {:<9} {:>11} {:>7}  {:>6}  {}\n", "ENGINE", "KIND", "PLACE", "IN HAND",
             "WAITING", "MODELS", "STATE");
  const Processes processes = own_engines(options.data_folder);
  for (size_t i = 0; engines && i < engines->size(); ++i) print_engine(engines->at(i), processes);
  return 0;
}

std::optional<json::Value> named(json::Value root, std::string_view list, std::string_view name) {
  const auto elements = root.find(list);
  for (size_t i = 0; elements && i < elements->size(); ++i) {
    if (text_of(elements->at(i), "name") == name) return elements->at(i);
  }
  return std::nullopt;
}

int show_route(const Options& options) {
  const auto answer = fetch(options);
  if (!answer) return fail(answer.error());
  const auto document = json::Document::parse(*answer);
  if (!document) return fail(document.error());
  const auto offer = named(document->root(), "offers", options.model);
  if (!offer) {
    return fail(make_error(Code::NotFound,
                           "no such model or alias; `srasta models list` shows what there is"));
  }
  const auto targets = offer->find("targets");
  if (!targets || targets->size() == 0) {
    fmt::print("{}: no engine\n", options.model);
    return 1;
  }
  for (size_t i = 0; i < targets->size(); ++i) {
    const json::Value target = targets->at(i);
    const std::string_view fallback = text_of(target, "fallback");
    const auto engine = named(document->root(), "engines", text_of(target, "engine"));
    fmt::print("{:<24} {:<20} {:<32} weight {:<5} {}\n",
               fallback.empty() ? "route" : fmt::format("fallback {}", fallback),
               text_of(target, "engine"), text_of(target, "model"), number_of(target, "weight"),
               engine ? standing_of(*engine) : "");
  }
  return 0;
}

}  // namespace

void add_models_engines(Command models) {
  Options& options = models.keep(Options());
  const Command engines = models.add_subcommand("engines", "Engines, and how they stand");
  engines.add_option("--data", options.data_folder, "data folder");
  engines.add_flag("--json", options.json, "as the gateway says it");
  engines.set_action([&options] { return show_engines(options); });
  const Command route =
      models.add_subcommand("route", "Where requests for a model or an alias go, in order");
  route.add_option("--data", options.data_folder, "data folder");
  route.add_option("MODEL", options.model, "as callers name it", {.required = true});
  route.set_action([&options] { return show_route(options); });
}

}  // namespace srasta::cli
