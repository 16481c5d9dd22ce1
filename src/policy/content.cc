#include "policy/content.h"

#include "policy/pattern.h"
#include "policy/unicode_text.h"

#include <algorithm>

namespace srasta::policy {
namespace {

/// Shapes of credentials that cannot be mistaken for much else.
const Pattern& credentials() {
  static const Pattern pattern = *Pattern::parse(
      "-----BEGIN [A-Z ]*PRIVATE KEY-----"
      "|\\b(AKIA|ASIA)[0-9A-Z]{16}\\b"
      "|\\bgh[pousr]_[A-Za-z0-9]{36,}"
      "|\\bgithub_pat_[A-Za-z0-9_]{40,}"
      "|\\bglpat-[A-Za-z0-9_-]{20,}"
      "|\\bxox[abprs]-[A-Za-z0-9-]{20,}"
      "|\\bsk-(ant|proj|srasta)-[A-Za-z0-9_-]{20,}"
      "|\\bAIza[0-9A-Za-z_-]{35}"
      "|\\bnpm_[A-Za-z0-9]{36}"
      "|\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{20,}");
  return pattern;
}

/// The lines as one text without what joins pieces of a text in source code.
std::string joined(const std::vector<std::string_view>& lines) {
  constexpr std::string_view kJoints = " \t\r\"'+\\,;()";
  std::string text;
  for (const std::string_view line : lines) {
    std::string_view rest = line;
    while (!rest.empty() && kJoints.contains(rest.front())) rest.remove_prefix(1);
    while (!rest.empty() && kJoints.contains(rest.back())) rest.remove_suffix(1);
    text += rest;
  }
  return text;
}

/// Of keys that are made of one run of letters, and so may be broken anywhere.
const Pattern& broken_credentials() {
  static const Pattern pattern = *Pattern::parse(
      "(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk-(ant|proj|srasta)-[A-Za-z0-9_-]{20}");
  return pattern;
}

}  // namespace

Reason check_added_text(const std::vector<std::string_view>& lines, bool bidi) {
  if (!bidi && std::ranges::any_of(lines, has_invisible)) return Reason::ContentBidi;
  const auto looks_secret = [](std::string_view line) {
    return credentials().find(line).has_value();
  };
  if (std::ranges::any_of(lines, looks_secret)) return Reason::ContentSecret;
  return broken_credentials().find(joined(lines)) ? Reason::ContentSecret : Reason::None;
}

}  // namespace srasta::policy
