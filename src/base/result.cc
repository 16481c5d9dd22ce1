#include "base/result.h"

#include <system_error>

namespace srasta::base {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::Internal:
      return "internal";
    case Code::Invalid:
      return "invalid";
    case Code::Unauthenticated:
      return "unauthenticated";
    case Code::Denied:
      return "denied";
    case Code::NotFound:
      return "not_found";
    case Code::Conflict:
      return "conflict";
    case Code::TooLarge:
      return "too_large";
    case Code::Unsupported:
      return "unsupported";
    case Code::Exhausted:
      return "exhausted";
    case Code::Unavailable:
      return "unavailable";
    case Code::Timeout:
      return "timeout";
    case Code::Cancelled:
      return "cancelled";
    case Code::Corrupt:
      return "corrupt";
    case Code::Io:
      return "io";
  }
  return "internal";
}

Error errno_error(std::string_view operation, int error_number) {
  std::string message(operation);
  message += ": ";
  message += std::generic_category().message(error_number);
  return Error{Code::Io, std::move(message), {}};
}

}  // namespace srasta::base
