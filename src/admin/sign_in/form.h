#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::admin {

/// The parameters of a query or of a form. One that is malformed, or has a parameter twice, has
/// none at all.
class Form {
 public:
  explicit Form(std::string_view encoded);

  [[nodiscard]] bool good() const { return values_.has_value(); }
  /// Decoded; empty when it is not there.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

 private:
  [[nodiscard]] const std::string* find(std::string_view name) const;
  std::optional<std::vector<std::pair<std::string, std::string>>> values_;
};

/// `text` as it stands in a query.
[[nodiscard]] std::string query_encoded(std::string_view text);

/// An id and a secret of HTTP Basic (RFC 7617), each decoded once more as RFC 6749 section 2.3.1
/// has it. Nothing for another scheme or a malformed field.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> basic_credentials(
    std::string_view authorization);

/// Where to go after a sign-in: `wanted` if it is one of the pages that may be returned to, else
/// /console/. Never another origin.
[[nodiscard]] std::string safe_return(std::string_view wanted);

}  // namespace srasta::admin
