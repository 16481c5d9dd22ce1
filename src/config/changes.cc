#include "config/changes.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr auto kOwnersOnly = std::to_array<std::string_view>({"access.", "identity.", "tenants"});

/// Elements of `wanted` that name a file, by `facts`, without a twin in `running`.
template <typename Element, typename NamesFile, typename Facts>
void add_strangers(std::vector<std::string>& found, std::string_view list,
                   const std::vector<Element>& running, const std::vector<Element>& wanted,
                   NamesFile names_file, Facts facts) {
  for (size_t index = 0; index < wanted.size(); ++index) {
    const Element& element = wanted[index];
    const auto same = [&](const Element& other) { return facts(other) == facts(element); };
    if (names_file(element) && std::ranges::none_of(running, same)) {
      found.push_back(fmt::format("{}[{}]", list, index));
    }
  }
}

std::vector<std::string> changed(std::initializer_list<std::pair<const char*, bool>> compared) {
  std::vector<std::string> keys;
  for (const auto& [key, same] : compared) {
    if (!same) keys.emplace_back(key);
  }
  return keys;
}

}  // namespace

std::vector<std::string> fixed_while_running(const Config& running, const Config& wanted) {
  return changed({{"listen", running.listen == wanted.listen},
                  {"public_url", running.public_url == wanted.public_url},
                  {"tls", running.tls.mode == wanted.tls.mode},
                  {"drain", running.drain == wanted.drain},
                  {"telemetry", running.telemetry == wanted.telemetry}});
}

std::vector<std::string> set_on_the_host_only(const Config& running, const Config& wanted) {
  std::vector<std::string> found = changed(
      {{"audit.sinks", running.audit.sinks == wanted.audit.sinks},
       {"audit.witnesses", running.audit.witnesses == wanted.audit.witnesses},
       {"telemetry", running.telemetry == wanted.telemetry},
       {"inference.engines", running.inference.engines == wanted.inference.engines},
       {"tools", running.tools == wanted.tools},
       {"license.trusted_keys", running.license.trusted_keys == wanted.license.trusted_keys},
       {"tls.cert_file", running.tls.cert_file == wanted.tls.cert_file},
       {"tls.key_file", running.tls.key_file == wanted.tls.key_file}});
  add_strangers(
      found, "inference.upstreams", running.inference.upstreams, wanted.inference.upstreams,
      [](const Upstream& each) { return !each.key_file.empty() || !each.ca_file.empty(); },
      [](const Upstream& each) { return std::tie(each.url, each.key_file, each.ca_file); });
  add_strangers(
      found, "identity.issuers", running.issuers, wanted.issuers,
      [](const Issuer& each) {
        return !each.ca_file.empty() || !each.socket.empty() ||
               !each.sign_in.client_secret_file.empty();
      },
      [](const Issuer& each) {
        return std::tie(each.url, each.ca_file, each.socket, each.sign_in);
      });
  add_strangers(
      found, "identity.clients", running.clients, wanted.clients,
      [](const OAuthClient& each) { return !each.secret_file.empty(); },
      [](const OAuthClient& each) { return std::tie(each.id, each.secret_file); });
  return found;
}

std::vector<std::string> of_owners_only(const Loaded& running, const Loaded& wanted) {
  std::vector<std::string> found;
  for (const Difference& each : differences(running, wanted)) {
    const auto begins = [&](std::string_view prefix) { return each.key.starts_with(prefix); };
    if (std::ranges::any_of(kOwnersOnly, begins)) found.emplace_back(each.key);
  }
  return found;
}

std::vector<Difference> differences(const Loaded& running, const Loaded& wanted) {
  std::map<std::string_view, Difference> found;
  for (const Setting& setting : running.settings) {
    found[setting.key] = {.key = setting.key, .before = &setting.value};
  }
  for (const Setting& setting : wanted.settings) {
    Difference& difference = found[setting.key];
    difference.key = setting.key;
    difference.after = &setting.value;
  }
  std::vector<Difference> differing;
  for (const auto& [key, each] : found) {
    const bool same =
        each.before != nullptr && each.after != nullptr && *each.before == *each.after;
    if (!same) differing.push_back(each);
  }
  return differing;
}

}  // namespace srasta::config
