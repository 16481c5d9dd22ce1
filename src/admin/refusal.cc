#include "admin/refusal.h"

namespace srasta::admin {

using service::ErrorCode;

Refusal store_refusal(const base::Error& error) {
  if (error.code == base::Code::Conflict) {
    return {.code = ErrorCode::AlreadyExists, .reason = "exists", .detail = error.message};
  }
  return {.code = ErrorCode::ServiceUnavailable, .reason = "store", .detail = error.message};
}

Refusal invalid(std::string_view member) {
  return {
      .code = ErrorCode::InvalidRequest, .reason = "invalid_value", .param = std::string(member)};
}

Refusal denied(std::string_view reason, std::string_view param) {
  return {.code = ErrorCode::PermissionDenied, .reason = reason, .param = std::string(param)};
}

Refusal not_found() {
  return {.code = ErrorCode::NotFound, .reason = "object"};
}

}  // namespace srasta::admin
