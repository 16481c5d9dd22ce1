#pragma once

#include "service/web_exchange.h"

#include <span>
#include <string>
#include <string_view>

// The pages of the sign-in: plain HTML that needs no script, under a policy that allows none.
namespace srasta::admin {

/// Text inside of HTML, in attributes too.
[[nodiscard]] std::string escaped(std::string_view text);

/// A provider that somebody may sign in at.
struct ProviderButton {
  std::string issuer;
  std::string label;
};

struct LoginPage {
  std::string_view return_to;
  std::string_view error = {};        ///< what to tell; empty: nothing
  std::string_view user = {};         ///< as it was typed
  std::string_view form_target = {};  ///< origins that a form's answer leads to; empty: none
  std::span<const ProviderButton> providers = {};
};
[[nodiscard]] service::WebAnswer login_page(int status, const LoginPage& page);

struct SetupPage {
  std::string_view path;       ///< of the link
  std::string_view name = {};  ///< of the account; empty: it makes the first owner
  std::string_view error = {};
  std::string_view typed = {};  ///< the name of the first owner, as it was typed
};
[[nodiscard]] service::WebAnswer setup_page(int status, const SetupPage& page);

struct AccountPage {
  std::string_view name;
  std::string_view csrf;
  bool has_totp = false;
  std::string_view notice = {};
  std::string_view error = {};
  std::string_view provider = {};  ///< that signed him in; empty: this platform did
};
[[nodiscard]] service::WebAnswer account_page(int status, const AccountPage& page);

struct TotpPage {
  std::string_view csrf;
  std::string_view key;     ///< base32
  std::string_view uri;     ///< otpauth:
  std::string_view sealed;  ///< the key, for this service only
  std::string_view error = {};
};
[[nodiscard]] service::WebAnswer totp_page(int status, const TotpPage& page);

/// A page with a heading and a sentence. `next`: where to go on; empty: nowhere.
struct NoticePage {
  std::string_view title;
  std::string_view text;
  std::string_view next = {};
  std::string_view next_text = {};
};
[[nodiscard]] service::WebAnswer notice_page(int status, const NoticePage& page);
/// Goes on to `path` of this origin by itself. A redirect would be the end of a chain that began at
/// another site, and with such a request the browser sends no cookie of SameSite=Strict.
[[nodiscard]] service::WebAnswer onward_page(std::string_view path);
/// Asks whether to sign out.
[[nodiscard]] service::WebAnswer logout_page(std::string_view csrf);

/// To another page, of this origin or of a client, with 302.
[[nodiscard]] service::WebAnswer redirect(std::string_view location);

[[nodiscard]] service::WebAnswer style_sheet();

}  // namespace srasta::admin
