#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::base {

/// The closed list of failure kinds. One function in `service/` maps them to HTTP; modules with
/// many reasons carry their own enum and convert at their border.
enum class Code : uint8_t {
  Internal,
  Invalid,
  Unauthenticated,
  Denied,
  NotFound,
  Conflict,
  TooLarge,
  Unsupported,
  Exhausted,
  Unavailable,
  Timeout,
  Cancelled,
  Corrupt,
  Io,
};

[[nodiscard]] std::string_view to_string(Code code);

/// A failure. `message` may be shown to a client; `detail` goes to the operator's log only.
struct Error {
  Code code = Code::Internal;
  std::string message;
  std::string detail;
};

[[nodiscard]] inline Error make_error(Code code, std::string message, std::string detail = {}) {
  return Error{code, std::move(message), std::move(detail)};
}

/// An `Error` with code Io that names the operation and the operating system's reason.
[[nodiscard]] Error errno_error(std::string_view operation, int error_number);

/// A value or the error that prevented it. Never discarded silently.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::unexpect, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & { return *state_; }
  [[nodiscard]] const T& value() const& { return *state_; }
  [[nodiscard]] T&& value() && { return *std::move(state_); }
  T& operator*() & { return *state_; }
  const T& operator*() const& { return *state_; }
  T&& operator*() && { return *std::move(state_); }
  T* operator->() { return &*state_; }
  const T* operator->() const { return &*state_; }

  [[nodiscard]] Error& error() & { return state_.error(); }
  [[nodiscard]] const Error& error() const& { return state_.error(); }
  [[nodiscard]] Error&& error() && { return std::move(state_).error(); }

 private:
  std::expected<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::unexpect, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] Error& error() & { return state_.error(); }
  [[nodiscard]] const Error& error() const& { return state_.error(); }
  [[nodiscard]] Error&& error() && { return std::move(state_).error(); }

 private:
  std::expected<void, Error> state_;
};

}  // namespace srasta::base

#define SRASTA_PASTE(a, b) a##b
#define SRASTA_CONCAT(a, b) SRASTA_PASTE(a, b)

/// Returns the error of `expression` from the enclosing function (not for coroutines).
#define SRASTA_TRY(expression)                                  \
  do {                                                          \
    if (auto srasta_result = (expression); !srasta_result.ok()) \
      return std::move(srasta_result).error();                  \
  } while (false)

/// Binds the value of `expression` to `declaration`, or returns its error (not for coroutines).
#define SRASTA_TRY_ASSIGN(declaration, expression)                     \
  auto SRASTA_CONCAT(srasta_result_, __LINE__) = (expression);         \
  if (!SRASTA_CONCAT(srasta_result_, __LINE__).ok())                   \
    return std::move(SRASTA_CONCAT(srasta_result_, __LINE__)).error(); \
  declaration = *std::move(SRASTA_CONCAT(srasta_result_, __LINE__))
