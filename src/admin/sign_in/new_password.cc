#include "admin/sign_in/new_password.h"

#include "identity/password.h"

namespace srasta::admin {
namespace {

std::string_view text_of(identity::PasswordFault fault) {
  switch (fault) {
    case identity::PasswordFault::TooShort:
      return "The password has fewer than 12 characters.";
    case identity::PasswordFault::Known:
      return "The password is a known one or a pattern.";
    case identity::PasswordFault::HasName:
      return "The password holds the name of the account.";
  }
  return "The password cannot be taken.";
}

}  // namespace

std::expected<base::Secret, std::string_view> new_password(const Form& form,
                                                           std::string_view name) {
  if (form.get("password") != form.get("again")) {
    return std::unexpected("The two passwords differ.");
  }
  if (form.get("password").size() > identity::kLongestPassword) {
    return std::unexpected("The password is too long.");
  }
  auto password = identity::normalised_password(form.get("password"));
  if (!password) return std::unexpected("The password is no text.");
  if (const auto fault = identity::fault_of_password(*password, name)) {
    return std::unexpected(text_of(*fault));
  }
  return *std::move(password);
}

}  // namespace srasta::admin
