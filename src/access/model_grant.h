#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::access {

/// Whether `name` is what `pattern` says; `*` stands for any characters, none included. Compared
/// byte for byte.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

/// One way in which a request would be served.
struct ModelUse {
  std::string_view asked;  ///< the alias or model that the caller named
  std::string_view name;   ///< the one that leads to the engine: `asked`, or a fallback of it
  std::string_view model;  ///< the engine's own name of the model behind it
  bool hosted = false;     ///< the engine is outside the perimeter
};

/// Which models somebody may use: every layer that narrows must have a pattern for the name.
/// Without layers every model inside the perimeter is allowed; a layer without patterns allows
/// nothing. A fallback needs the right to it and to what was asked for. What is hosted outside
/// needs a pattern that says so in every layer, `hosted:NAME`, and there must be a layer.
class ModelGrant {
 public:
  void narrow(std::vector<std::string> patterns) { layers_.push_back(std::move(patterns)); }
  /// Inside the perimeter.
  [[nodiscard]] bool allows(std::string_view model) const;
  /// Outside of it.
  [[nodiscard]] bool allows_hosted(std::string_view model) const;
  [[nodiscard]] bool allows(const ModelUse& use) const;
  [[nodiscard]] const std::vector<std::vector<std::string>>& layers() const { return layers_; }

 private:
  std::vector<std::vector<std::string>> layers_;
};

}  // namespace srasta::access
