#include "gateway/protected_resource.h"

#include "json/writer.h"
#include "service/route.h"

namespace srasta::gateway {

std::string protected_resource_json(const std::string& url, std::string_view path,
                                    const config::Config& config) {
  json::Writer writer;
  writer.begin_object().member("resource", url + std::string(path));
  writer.key("authorization_servers").begin_array().string(url);
  for (const config::Issuer& issuer : config.issuers) writer.string(issuer.url);
  writer.end_array().key("bearer_methods_supported").begin_array().string("header").end_array();
  if (path == service::kMcpPath) {
    writer.key("scopes_supported").begin_array();
    for (const std::string_view scope : service::kMcpScopes) writer.string(scope);
    writer.end_array();
  }
  writer.member("resource_name", "Srasta");
  return writer.end_object().take();
}

}  // namespace srasta::gateway
