#include "gateway/protected_resource.h"

#include "json/writer.h"

namespace srasta::gateway {

std::string protected_resource_json(const std::string& url, const config::Config& config) {
  json::Writer writer;
  writer.begin_object().member("resource", std::string_view(url));
  writer.key("authorization_servers").begin_array().string(url);
  for (const config::Issuer& issuer : config.issuers) writer.string(issuer.url);
  writer.end_array().key("bearer_methods_supported").begin_array().string("header").end_array();
  writer.member("resource_name", "Srasta");
  return writer.end_object().take();
}

}  // namespace srasta::gateway
