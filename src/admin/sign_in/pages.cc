#include "admin/sign_in/pages.h"

#include <fmt/format.h>

namespace srasta::admin {
namespace {

using service::WebAnswer;

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{margin:0;display:grid;min-height:100vh;place-items:center;background:Canvas;"
    "color:CanvasText}"
    "main{width:min(24rem,calc(100vw - 2rem));padding:2rem 0}"
    "h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}"
    "label{display:block;margin:.75rem 0 .25rem;font-weight:600}small{font-weight:400}"
    "input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid GrayText;"
    "border-radius:.25rem}"
    "button{margin-top:1rem;padding:.5rem 1rem;font:inherit;font-weight:600;border-radius:.25rem;"
    "border:1px solid #1a56db;background:#1a56db;color:#fff;cursor:pointer}"
    "a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid #f59e0b;"
    "outline-offset:2px}"
    ".error{padding:.5rem .75rem;border-left:4px solid #c81e1e}"
    ".notice{padding:.5rem .75rem;border-left:4px solid #057a55}"
    "code{word-break:break-all}";

/// `head`: more elements of the head.
WebAnswer page(int status, std::string_view title, std::string_view body,
               std::string_view form_target = {}, std::string_view head = {}) {
  WebAnswer answer{.status = status, .fields = {}, .body = {}, .code = {}};
  answer.body = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{0} - Srasta</title><link rel=\"stylesheet\" href=\"/auth/style.css\">{2}</head>"
      "<body><main><h1>{0}</h1>{1}</main></body></html>\n",
      escaped(title), body, head);
  answer.with("Content-Type", "text/html; charset=utf-8").with("Cache-Control", "no-store");
  // The browser follows the answer to a form only where form-action allows it, too.
  answer.with("Content-Security-Policy",
              fmt::format("default-src 'none'; style-src 'self'; form-action 'self'{}{}; "
                          "base-uri 'none'; frame-ancestors 'none'",
                          form_target.empty() ? "" : " ", form_target));
  answer.with("Referrer-Policy", "same-origin").with("X-Frame-Options", "DENY");
  answer.with("Cross-Origin-Opener-Policy", "same-origin");
  return answer;
}

std::string error_line(std::string_view error) {
  if (error.empty()) return {};
  return fmt::format("<p class=\"error\" role=\"alert\">{}</p>", escaped(error));
}

std::string notice_line(std::string_view notice) {
  if (notice.empty()) return {};
  return fmt::format("<p class=\"notice\" role=\"status\">{}</p>", escaped(notice));
}

std::string hidden(std::string_view name, std::string_view value) {
  return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", name, escaped(value));
}

/// For password managers: whose password it is.
std::string owner_field(std::string_view name) {
  return fmt::format("<input hidden readonly autocomplete=\"username\" value=\"{}\">",
                     escaped(name));
}

/// Ways to sign in elsewhere, each a form of its own.
std::string provider_forms(const LoginPage& asked) {
  std::string forms;
  for (const ProviderButton& provider : asked.providers) {
    forms += fmt::format(
        "<form method=\"post\" action=\"/auth/external\">{}{}<button>Sign in with "
        "{}</button></form>",
        hidden("issuer", provider.issuer), hidden("return_to", asked.return_to),
        escaped(provider.label));
  }
  return forms.empty() ? forms : "<h2>At another provider</h2>" + forms;
}

std::string new_password_fields() {
  return "<label for=\"password\">New password <small>at least 12 characters</small></label>"
         "<input id=\"password\" name=\"password\" type=\"password\" required minlength=\"12\" "
         "autocomplete=\"new-password\">"
         "<label for=\"again\">The same again</label>"
         "<input id=\"again\" name=\"again\" type=\"password\" required "
         "autocomplete=\"new-password\">";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

WebAnswer login_page(int status, const LoginPage& asked) {
  const std::string body = fmt::format(
      "{}<form method=\"post\" action=\"/auth/login\">"
      "<label for=\"user\">Name</label>"
      "<input id=\"user\" name=\"user\" value=\"{}\" required autofocus autocomplete=\"username\" "
      "autocapitalize=\"none\" spellcheck=\"false\">"
      "<label for=\"password\">Password</label>"
      "<input id=\"password\" name=\"password\" type=\"password\" required "
      "autocomplete=\"current-password\">"
      "<label for=\"code\">One-time code <small>if you use an authenticator</small></label>"
      "<input id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\">"
      "{}<button>Sign in</button></form>{}",
      error_line(asked.error), escaped(asked.user), hidden("return_to", asked.return_to),
      provider_forms(asked));
  return page(status, "Sign in", body, asked.form_target);
}

WebAnswer setup_page(int status, const SetupPage& asked) {
  const bool first = asked.name.empty();
  const std::string who =
      first ? fmt::format(
                  "<p>This platform has no owner yet. Whoever fills this in is it.</p>"
                  "<label for=\"user\">Your name here</label>"
                  "<input id=\"user\" name=\"user\" value=\"{}\" required autofocus "
                  "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\">",
                  escaped(asked.typed))
            : fmt::format("<p>For <strong>{}</strong>.</p>{}", escaped(asked.name),
                          owner_field(asked.name));
  const std::string body =
      fmt::format("{}<form method=\"post\" action=\"{}\">{}{}<button>{}</button></form>",
                  error_line(asked.error), escaped(asked.path), who, new_password_fields(),
                  first ? "Become the owner" : "Set the password");
  return page(status, first ? "The first owner" : "Choose a password", body);
}

namespace {

std::string sign_out_form(std::string_view csrf) {
  return fmt::format(
      "<h2>Sign out</h2><form method=\"post\" action=\"/auth/logout\">{}"
      "<button>Sign out</button></form>",
      csrf);
}

/// Of somebody whose password and codes are another provider's.
WebAnswer guest_page(int status, const AccountPage& asked) {
  return page(
      status, "Your account",
      fmt::format("<p>Signed in as <strong>{}</strong> at {}.</p>"
                  "<p>Your password is changed there. Signing out here does not sign you out "
                  "there.</p>{}",
                  escaped(asked.name), escaped(asked.provider),
                  sign_out_form(hidden("csrf", asked.csrf))));
}

}  // namespace

WebAnswer account_page(int status, const AccountPage& asked) {
  if (!asked.provider.empty()) return guest_page(status, asked);
  const std::string_view codes =
      asked.has_totp ? "<p>You sign in with one-time codes. If you lose the authenticator, an "
                       "administrator can take them away.</p>"
                     : "<p>A second proof beside the password, from an authenticator app.</p>"
                       "<p><a href=\"/auth/totp\">Set up one-time codes</a></p>";
  const std::string csrf = hidden("csrf", asked.csrf);
  const std::string body = fmt::format(
      "{}{}<p>Signed in as <strong>{}</strong>.</p>"
      "<h2>Password</h2><form method=\"post\" action=\"/auth/password\">{}{}"
      "<label for=\"current\">Password of now</label>"
      "<input id=\"current\" name=\"current\" type=\"password\" required "
      "autocomplete=\"current-password\">{}<button>Change the password</button></form>"
      "<h2>One-time codes</h2>{}{}",
      notice_line(asked.notice), error_line(asked.error), escaped(asked.name), csrf,
      owner_field(asked.name), new_password_fields(), codes, sign_out_form(csrf));
  return page(status, "Your account", body);
}

WebAnswer totp_page(int status, const TotpPage& asked) {
  const std::string body = fmt::format(
      "{}<p>Add this key to your authenticator, by hand or <a href=\"{}\">by this link</a> on the "
      "device that has it:</p><p><code>{}</code></p>"
      "<form method=\"post\" action=\"/auth/totp\">{}{}"
      "<label for=\"code\">The code that it shows</label>"
      "<input id=\"code\" name=\"code\" required autofocus inputmode=\"numeric\" "
      "autocomplete=\"one-time-code\"><button>Use one-time codes</button></form>"
      "<p><a href=\"/auth/account\">Not now</a></p>",
      error_line(asked.error), escaped(asked.uri), escaped(asked.key), hidden("csrf", asked.csrf),
      hidden("sealed", asked.sealed));
  return page(status, "One-time codes", body);
}

WebAnswer notice_page(int status, const NoticePage& asked) {
  std::string body = fmt::format("<p>{}</p>", escaped(asked.text));
  if (!asked.next.empty()) {
    body +=
        fmt::format("<p><a href=\"{}\">{}</a></p>", escaped(asked.next), escaped(asked.next_text));
  }
  return page(status, asked.title, body);
}

WebAnswer onward_page(std::string_view path) {
  const std::string to = escaped(path);
  WebAnswer answer =
      page(200, "Signed in", fmt::format("<p><a href=\"{}\" autofocus>Go on</a></p>", to), {},
           fmt::format("<meta http-equiv=\"refresh\" content=\"0;url={}\">", to));
  // The address of this page has the code in it.
  for (auto& [name, value] : answer.fields) {
    if (name == "Referrer-Policy") value = "no-referrer";
  }
  return answer;
}

WebAnswer logout_page(std::string_view csrf) {
  return page(200, "Sign out",
              fmt::format("<p>You will have to sign in again.</p>"
                          "<form method=\"post\" action=\"/auth/logout\">{}"
                          "<button>Sign out</button></form>",
                          hidden("csrf", csrf)));
}

WebAnswer redirect(std::string_view location) {
  WebAnswer answer{.status = 302, .fields = {}, .body = {}, .code = {}};
  answer.with("Location", std::string(location)).with("Cache-Control", "no-store");
  answer.with("Referrer-Policy", "no-referrer");
  return answer;
}

WebAnswer style_sheet() {
  WebAnswer answer{.status = 200, .fields = {}, .body = std::string(kStyle), .code = {}};
  answer.with("Content-Type", "text/css; charset=utf-8").with("Cache-Control", "max-age=3600");
  return answer;
}

}  // namespace srasta::admin
