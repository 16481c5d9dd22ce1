#pragma once

#include "base/secret.h"

#include <optional>
#include <string_view>

namespace srasta::identity {

/// Longer ones are refused before anything is computed from them.
inline constexpr size_t kLongestPassword = 4096;
/// NIST SP 800-63B asks for 8 beside a second factor and 15 without; this platform does not know
/// yet which it will be.
inline constexpr size_t kFewestPasswordCharacters = 12;

/// The password in Unicode's form NFC (RFC 8265 section 4.2 without mapping of spaces): what is
/// typed as "é" on one keyboard and as "e" and an accent on another is one password. Everything
/// else stays, spaces and NUL included. Nothing when it is not UTF-8.
[[nodiscard]] std::optional<base::Secret> normalised_password(std::string_view typed);

/// Why a new password is not taken.
enum class PasswordFault : uint8_t { TooShort, Known, HasName };

/// `password` as `normalised_password` gives it. `name`: the account's.
[[nodiscard]] std::optional<PasswordFault> fault_of_password(const base::Secret& password,
                                                             std::string_view name);

}  // namespace srasta::identity
