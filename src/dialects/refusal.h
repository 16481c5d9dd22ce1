#pragma once

#include "base/result.h"
#include "dialects/value.h"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

// Private to dialects/: how request translators say no.
namespace srasta::dialects {

/// `param` cannot be said in the engine's protocol, or is not what the client's protocol knows.
[[nodiscard]] inline base::Error cannot_say(std::string param, std::string why) {
  return base::make_error(base::Code::Invalid, std::move(why), std::move(param));
}

/// e.g. `messages[3]`
[[nodiscard]] inline std::string at(std::string_view list, size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

/// Refuses the first member that is present and not one of `known`.
[[nodiscard]] inline base::Result<void> only_known(const Fields& fields,
                                                   std::span<const std::string_view> known) {
  for (const auto& [name, value] : fields.all()) {
    if (!value) continue;
    bool found = false;
    for (const std::string_view one : known) found = found || one == name;
    if (!found) return cannot_say(name, "it has no counterpart in the engine's protocol");
  }
  return {};
}

}  // namespace srasta::dialects
