#pragma once

#include "config/options.h"

#include <span>
#include <string>
#include <vector>

// Private to config/: the option table in parts, and what their setters share.
namespace srasta::config {

[[nodiscard]] std::span<const Option> identity_options();
[[nodiscard]] std::span<const Option> access_options();
[[nodiscard]] std::span<const Option> limits_options();
[[nodiscard]] std::span<const Option> audit_options();
[[nodiscard]] std::span<const Option> license_options();
[[nodiscard]] std::span<const Option> sign_in_options();
[[nodiscard]] std::span<const Option> telemetry_options();
[[nodiscard]] std::span<const Option> tools_options();
/// `inference.engines`.
[[nodiscard]] std::span<const Option> engine_options();

inline constexpr int64_t kSecond = 1000;
inline constexpr int64_t kDay = 24 * 3600 * kSecond;

template <typename T>
std::vector<T> names(const Value& value) {
  std::vector<T> out;
  for (const std::string& text : value.list) out.emplace_back(text);
  return out;
}

}  // namespace srasta::config
