#pragma once

#include "access/permission.h"
#include "audit/act.h"
#include "dialects/envelope.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::service {

/// Where the Model Context Protocol is spoken. Challenges there say what scopes it takes.
inline constexpr std::string_view kMcpPath = "/mcp";
inline constexpr std::array<std::string_view, 3> kMcpScopes = {
    "srasta:tools.read", "srasta:tools.write", "srasta:tools.run"};

enum class Method : uint8_t { Get, Post, Put, Patch, Delete };
/// Upload: a multipart form, kept on disk while it is looked at.
enum class BodyMode : uint8_t { None, Json, Form, Upload };
enum class LicenseColumn : uint8_t { Always, Grow };
/// Which bounds apply to a route's requests (`Pipeline::Settings`).
enum class LimitsClass : uint8_t { Probe, Control, Inference, SignIn };
enum class TimeoutClass : uint8_t { Quick, Generation };

[[nodiscard]] std::string_view to_string(Method method);
[[nodiscard]] std::string_view to_string(LimitsClass limits);
/// What the body of a request must be; empty: nobody reads it.
[[nodiscard]] std::string_view media_type_of(BodyMode body);

/// Who may call a route: holders of a permission (of one of two), every verified caller, or
/// everybody. There is no default.
class Access {
 public:
  static constexpr Access requires_permission(access::Permission permission) {
    return {permission, std::nullopt, false};
  }
  /// For answers that differ with which of them the caller holds: the handler looks.
  static constexpr Access requires_either(access::Permission permission,
                                          access::Permission alternative) {
    return {permission, alternative, false};
  }
  /// For answers about the caller's own doings: the handler decides what of them he may see.
  static constexpr Access every_caller() { return {std::nullopt, std::nullopt, false}; }
  static constexpr Access everybody() { return {std::nullopt, std::nullopt, true}; }
  [[nodiscard]] constexpr std::optional<access::Permission> permission() const {
    return permission_;
  }
  /// The permission that does as well; nothing: there is none.
  [[nodiscard]] constexpr std::optional<access::Permission> alternative() const {
    return alternative_;
  }
  /// Whether no credential is needed.
  [[nodiscard]] constexpr bool is_public() const { return public_; }

 private:
  constexpr Access(std::optional<access::Permission> permission,
                   std::optional<access::Permission> alternative, bool is_public)
      : permission_(permission), alternative_(alternative), public_(is_public) {}
  std::optional<access::Permission> permission_;
  std::optional<access::Permission> alternative_;
  bool public_;
};

/// What the audit ledger says when a route was served.
struct Evidence {
  audit::Act act;
  audit::Durability durability;
};

/// One route, complete: leaving out its permission, evidence or limits does not compile.
struct RouteSpec {
  consteval RouteSpec(Method the_method, std::string_view the_path, Access the_access,
                      Evidence the_evidence, LimitsClass the_limits, BodyMode the_body,
                      TimeoutClass the_timeout, LicenseColumn the_license,
                      dialects::Dialect the_dialect, std::string_view the_summary)
      : method(the_method),
        path(the_path),
        access(the_access),
        evidence(the_evidence),
        limits(the_limits),
        body(the_body),
        timeout(the_timeout),
        license(the_license),
        dialect(the_dialect),
        summary(the_summary) {}

  Method method;
  std::string_view path;  ///< segments; "{name}" matches one non-empty segment
  Access access;
  Evidence evidence;
  LimitsClass limits;
  BodyMode body;
  TimeoutClass timeout;
  LicenseColumn license;
  dialects::Dialect dialect;
  std::string_view summary;  ///< one line for the OpenAPI file
};

}  // namespace srasta::service
