#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::service {

/// What a browser, or a program that signs somebody in, asks of the pages below /auth: all that the
/// gateway passes on of it. There is no place for other header fields.
struct WebRequest {
  std::string method;         ///< GET or POST
  std::string path;           ///< canonical
  std::string query;          ///< without "?", still encoded
  std::string form;           ///< body of application/x-www-form-urlencoded
  std::string session;        ///< value of the session's cookie; empty: none
  std::string sign_in;        ///< the same of the cookie of a sign-in that is under way
  std::string authorization;  ///< the field; empty: none
  std::string client;         ///< address that limits go by
  std::string origin;         ///< the field Origin
  std::string fetch_site;     ///< the field Sec-Fetch-Site
  std::string issuer;         ///< URL of the gateway that was asked: of all its addresses this one
};

/// The answer. `fields` may hold any but those of framing.
struct WebAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::string code;     ///< an error code of this platform; empty: none
  int64_t delay_s = 0;  ///< to be waited before it is given

  WebAnswer& with(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// As JSON, between the gateway and the service that has the pages.
[[nodiscard]] std::string to_json(const WebRequest& request);
[[nodiscard]] std::string to_json(const WebAnswer& answer);
/// Invalid: not what `to_json` makes.
[[nodiscard]] base::Result<WebRequest> parse_web_request(std::string_view json);
[[nodiscard]] base::Result<WebAnswer> parse_web_answer(std::string_view json);

/// Name of the session's cookie. Browsers keep `__Host-` cookies for https alone; plain http is
/// served on loopback addresses only.
[[nodiscard]] std::string_view session_cookie(std::string_view issuer);

/// The same of the cookie by which a browser that comes back from a provider is known.
[[nodiscard]] std::string_view sign_in_cookie(std::string_view issuer);

/// The value of cookie `name` in a field Cookie (RFC 6265 section 4.2); empty when it is not there
/// exactly once.
[[nodiscard]] std::string_view cookie_in(std::string_view field, std::string_view name);

/// What a request that changes something must repeat beside the session's cookie: other sites make
/// browsers send the cookie, but cannot read this.
[[nodiscard]] std::string csrf_token(std::string_view session);

}  // namespace srasta::service
