#include "cli/models.h"

#include "cli/data_folder.h"
#include "cli/gateway_client.h"
#include "cli/models_verbs.h"
#include "json/document.h"
#include "json/writer.h"

#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

struct Model {
  std::string id;
  std::string owner;
};

int fail(const base::Error& error) {
  fmt::print(stderr, "srasta: {}\n", error.message);
  return 1;
}

std::string text_of(const json::Value& object, std::string_view key) {
  const auto member = object.find(key);
  return std::string(member ? member->string().value_or("") : "");
}

base::Result<std::vector<Model>> fetch_models(const GatewayClient& gateway) {
  SRASTA_TRY_ASSIGN(const std::string body, gateway.fetch("/v1/models"));
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(body));
  std::vector<Model> models;
  const auto data = document.root().find("data");
  for (size_t i = 0; data && i < data->size(); ++i) {
    models.push_back({text_of(data->at(i), "id"), text_of(data->at(i), "owned_by")});
  }
  return models;
}

int list_models(const std::string& data_folder) {
  auto gateway = GatewayClient::open(data_folder);
  if (!gateway) return fail(gateway.error());
  const auto models = fetch_models(*gateway);
  if (!models) return fail(models.error());
  for (const Model& model : *models) fmt::print("{:<40} {}\n", model.id, model.owner);
  if (models->empty()) {
    fmt::print(
        "no models: start Ollama, vLLM or llama.cpp on this host, or name an engine under "
        "inference.upstreams\n");
    return 1;
  }
  return 0;
}

std::string smallest_request(const std::string& model) {
  json::Writer writer;
  writer.begin_object().member("model", std::string_view(model)).member("max_tokens", int64_t{1});
  writer.key("messages").begin_array().begin_object();
  writer.member("role", "user").member("content", "hi").end_object().end_array().end_object();
  return writer.take();
}

int test_models(const std::string& data_folder, const std::string& only) {
  auto gateway = GatewayClient::open(data_folder);
  if (!gateway) return fail(gateway.error());
  const auto models = fetch_models(*gateway);
  if (!models) return fail(models.error());
  int failures = 0;
  int tested = 0;
  for (const Model& model : *models) {
    if (!only.empty() && model.id != only) continue;
    ++tested;
    const auto answer = gateway->request("/v1/chat/completions", smallest_request(model.id));
    if (!answer) return fail(answer.error());
    const bool good = answer->status == 200;
    failures += good ? 0 : 1;
    fmt::print("{:<40} {} {} {} ms\n", model.id, good ? "ok  " : "fail",
               good ? std::string("200") : fmt::format("{} {}", answer->status, answer->code),
               answer->millis);
  }
  if (tested == 0) {
    fmt::print(stderr, "srasta: no such model; `srasta models list` shows what there is\n");
    return 1;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace

void add_models(Command root, const config::Environment& environment) {
  struct Options {
    std::string data_folder = default_data_folder();
    std::string model;
  };
  const Command models = root.add_subcommand("models", "Models that the running gateway offers");
  models.require_subcommand();
  Options& options = models.keep(Options());
  const Command list = models.add_subcommand("list", "Names and owners");
  list.add_option("--data", options.data_folder, "data folder");
  list.set_action([&options] { return list_models(options.data_folder); });
  const Command test =
      models.add_subcommand("test", "Ask each model for one token, through every gate");
  test.add_option("--data", options.data_folder, "data folder");
  test.add_option("MODEL", options.model, "only this one");
  test.set_action([&options] { return test_models(options.data_folder, options.model); });
  add_models_engines(models);
  add_models_hardware(models);
  add_models_logs(models);
  add_models_egress(models, environment);
}

}  // namespace srasta::cli
