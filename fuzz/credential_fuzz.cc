// Question: is what was found always the only well-formed credential of the request? Input: one
// field a line, "a" Authorization, "x" x-api-key, "k" api-key, "q" the query.
#include "identity/credential_slot.h"
#include "input.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  std::vector<std::string_view> authorization;
  std::vector<std::string_view> x_api_key;
  std::vector<std::string_view> api_key;
  std::string_view query;
  for (const std::string_view line : srasta::fuzz::split(srasta::fuzz::text_of(data, size), '\n')) {
    if (line.starts_with('a')) authorization.push_back(line.substr(1));
    if (line.starts_with('x')) x_api_key.push_back(line.substr(1));
    if (line.starts_with('k')) api_key.push_back(line.substr(1));
    if (line.starts_with('q')) query = line.substr(1);
  }
  const auto found = srasta::identity::find_credential(
      {.authorization = authorization, .x_api_key = x_api_key, .api_key = api_key, .query = query});
  if (!found) return 0;
  require(!found->empty() && found->find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "0123456789-._~+/=") == found->npos);
  require(authorization.size() + x_api_key.size() + api_key.size() >= 1);
  for (const auto* fields : {&authorization, &x_api_key, &api_key}) {
    require(fields->size() <= 1);
    for (std::string_view value : *fields) {
      while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
      require(value.ends_with(*found));
    }
  }
  for (const std::string_view name : {"access_token=", "api_key=", "api-key=", "key="}) {
    require(!query.starts_with(name) && !query.contains("&" + std::string(name)));
  }
  return 0;
}
