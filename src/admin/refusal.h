#pragma once

#include "base/result.h"
#include "service/code.h"

#include <expected>
#include <string>
#include <string_view>

namespace srasta::admin {

/// Why a question is not answered, or a change not made.
struct Refusal {
  service::ErrorCode code = service::ErrorCode::InternalError;
  std::string_view reason;  ///< an audit reason
  std::string param = {};   ///< the member or object to blame; may be shown
  std::string detail = {};  ///< for the operator's log only
};

template <typename T>
using Answered = std::expected<T, Refusal>;

/// A database that cannot be read or written. `Conflict`, a constraint, is the mistake of a caller
/// that did not look first, or two of one name.
[[nodiscard]] Refusal store_refusal(const base::Error& error);

[[nodiscard]] Refusal invalid(std::string_view member);
/// `param`: what the caller lacks, or the member that asks for too much.
[[nodiscard]] Refusal denied(std::string_view reason, std::string_view param);
[[nodiscard]] Refusal not_found();

}  // namespace srasta::admin

/// Returns the refusal that the failure of `expression`, a base::Result, is.
#define SRASTA_STORE(expression)                                                     \
  do {                                                                               \
    if (auto srasta_stored = (expression); !srasta_stored.ok())                      \
      return std::unexpected(::srasta::admin::store_refusal(srasta_stored.error())); \
  } while (false)

/// Binds the value of `expression`, a base::Result, to `declaration`, or returns its refusal.
#define SRASTA_STORE_ASSIGN(declaration, expression)                                      \
  auto SRASTA_CONCAT(srasta_stored_, __LINE__) = (expression);                            \
  if (!SRASTA_CONCAT(srasta_stored_, __LINE__).ok())                                      \
    return std::unexpected(                                                               \
        ::srasta::admin::store_refusal(SRASTA_CONCAT(srasta_stored_, __LINE__).error())); \
  declaration = *std::move(SRASTA_CONCAT(srasta_stored_, __LINE__))

/// The same for an Answered.
#define SRASTA_ANSWER(expression)                                 \
  do {                                                            \
    if (auto srasta_answered = (expression); !srasta_answered)    \
      return std::unexpected(std::move(srasta_answered).error()); \
  } while (false)

#define SRASTA_ANSWER_ASSIGN(declaration, expression)                                     \
  auto SRASTA_CONCAT(srasta_answered_, __LINE__) = (expression);                          \
  if (!SRASTA_CONCAT(srasta_answered_, __LINE__))                                         \
    return std::unexpected(std::move(SRASTA_CONCAT(srasta_answered_, __LINE__)).error()); \
  declaration = *std::move(SRASTA_CONCAT(srasta_answered_, __LINE__))
