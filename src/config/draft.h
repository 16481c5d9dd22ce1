#pragma once

#include "config/config.h"
#include "config/document.h"
#include "config/options.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// Private to config/: the state between reading a file and having a valid configuration.
namespace srasta::config {

struct Draft {
  Config config;
  std::map<std::string, Setting> settings;
  std::map<std::string, unsigned> lines;  ///< of every key that stands in the file
  std::vector<Problem> problems;
};

/// Notes a problem of `key`, with the line of the nearest enclosing key that stands in the file.
void complain(Draft& draft, const std::string& key, std::string what, std::string allowed = {});

/// Checks one value as `option` wants it. `folder` resolves relative paths. The error's message is
/// the clause that says what is wrong.
[[nodiscard]] base::Result<Value> convert(const Option& option, const Node& node,
                                          const std::string& folder);

/// `value` as `Setting::value` holds it.
[[nodiscard]] std::string canonical_text(const Option& option, const Value& value);

/// A default or an environment variable, as a file would have it.
[[nodiscard]] Node node_of_text(const Option& option, std::string_view text);

/// What no single option can know: names that must exist, transport rules.
void check_rules(Draft& draft);

/// The part of `check_rules` that is about `access` and the limits of callers: roles, tenants and
/// personas that must exist, keys that can be keys.
void check_access_rules(Draft& draft);

/// The part that is about `audit.sinks`.
void check_sinks(Draft& draft);

/// The part that is about `telemetry`.
void check_telemetry(Draft& draft);

/// The part that is about `inference.engines`; makes their upstreams. After those of the file were
/// checked, before routes are.
void check_engines(Draft& draft);

/// The part that is about `identity.clients`.
void check_clients(Draft& draft);

/// The part that is about `identity.issuers[].sign_in`.
void check_provider_sign_ins(Draft& draft);

/// `, did you mean "listen"?` when one of `known` is close to `name`, else nothing.
[[nodiscard]] std::string suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace srasta::config
