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

std::string model_json(const inference::Offer& model) {
  json::Writer writer;
  write_model(writer, model);
  return writer.take();
}

}  // namespace srasta::gateway
