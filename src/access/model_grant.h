#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::access {

/// Whether `name` is what `pattern` says; `*` stands for any characters, none included. Compared
/// byte for byte.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

/// Which models somebody may use: every layer that narrows must have a pattern for the name.
/// Without layers everything is allowed; a layer without patterns allows nothing.
class ModelGrant {
 public:
  void narrow(std::vector<std::string> patterns) { layers_.push_back(std::move(patterns)); }
  [[nodiscard]] bool allows(std::string_view model) const;
  [[nodiscard]] const std::vector<std::vector<std::string>>& layers() const { return layers_; }

 private:
  std::vector<std::vector<std::string>> layers_;
};

}  // namespace srasta::access
