#pragma once

#include "admin/sign_in/form.h"
#include "base/secret.h"

#include <expected>
#include <string_view>

namespace srasta::admin {

/// The password of a form with `password` and `again`, normalised, for an account of that name; or
/// what to tell about why it is not taken.
[[nodiscard]] std::expected<base::Secret, std::string_view> new_password(const Form& form,
                                                                         std::string_view name);

}  // namespace srasta::admin
