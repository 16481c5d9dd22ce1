#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::base {

/// A string that names one kind of thing, so that a tenant cannot be passed where a user is meant.
template <typename Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}
  explicit Name(std::string_view text) : text_(text) {}
  explicit Name(const char* text) : text_(text) {}

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] std::string_view view() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const Name&, const Name&) = default;
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  std::string text_;
};

using TenantId = Name<struct TenantTag>;
using PrincipalId = Name<struct PrincipalTag>;
using RoleName = Name<struct RoleTag>;
using ModelName = Name<struct ModelTag>;
using UpstreamName = Name<struct UpstreamTag>;
using RequestId = Name<struct RequestTag>;

}  // namespace srasta::base

template <typename Tag>
struct std::hash<srasta::base::Name<Tag>> {
  size_t operator()(const srasta::base::Name<Tag>& name) const noexcept {
    return std::hash<std::string_view>{}(name.view());
  }
};
