#include "gateway/models_json.h"

#include "gateway/target_search.h"
#include "json/writer.h"

namespace srasta::gateway {
namespace {

void write_model(json::Writer& writer, const inference::Offer& model) {
  writer.begin_object();
  writer.member("id", model.name.view());
  writer.member("object", "model");
  // Engines disagree on what `created` means and clients only need it to be there.
  writer.member("created", int64_t{0});
  writer.member("owned_by", std::string_view(model.owner));
  writer.end_object();
}

}  // namespace

std::string models_json(const inference::Catalog& catalog, const access::ModelGrant& allowed) {
  json::Writer writer;
  writer.begin_object().member("object", "list").key("data").begin_array();
  for (const inference::Offer& model : catalog.offers()) {
    if (is_offered(model, catalog, allowed)) write_model(writer, model);
  }
  return writer.end_array().end_object().take();
}

std::string anthropic_models_json(const inference::Catalog& catalog,
                                  const access::ModelGrant& allowed) {
  json::Writer writer;
  std::string first = "null";
  std::string last = "null";
  writer.begin_object().key("data").begin_array();
  for (const inference::Offer& model : catalog.offers()) {
    if (!is_offered(model, catalog, allowed)) continue;
    writer.begin_object().member("type", "model").member("id", model.name.view());
    writer.member("display_name", model.name.view());
    writer.member("created_at", "1970-01-01T00:00:00Z").end_object();
    last = json::Writer().string(model.name.view()).take();
    if (first == "null") first = last;
  }
  writer.end_array().member("has_more", false);
  return writer.key("first_id").raw(first).key("last_id").raw(last).end_object().take();
}

std::string ollama_tags_json(const inference::Catalog& catalog, const access::ModelGrant& allowed) {
  json::Writer writer;
  writer.begin_object().key("models").begin_array();
  for (const inference::Offer& model : catalog.offers()) {
    if (!is_offered(model, catalog, allowed)) continue;
    writer.begin_object().member("name", model.name.view());
    writer.member("model", model.name.view()).end_object();
  }
  return writer.end_array().end_object().take();
}

std::string model_json(const inference::Offer& model) {
  json::Writer writer;
  write_model(writer, model);
  return writer.take();
}

}  // namespace srasta::gateway
