#pragma once

#include "audit/commitment.h"
#include "base/strong.h"

#include <cstddef>
#include <string_view>

namespace srasta::audit {

/// The marker for "nobody", "nothing" and "not fit to be recorded".
inline constexpr std::string_view kNobody = "-";

/// Letters, digits and . _ : / @ - : what needs no escaping in JSON and cannot carry a sentence.
[[nodiscard]] constexpr bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '-' && c <= ':') || c == '_' ||
         c == '@';
}

/// A name from the configuration or from a request (upstream, model, tenant, request id) that may
/// be recorded. Anything but 1 to 128 label characters becomes "-". Empty text stays empty, which
/// leaves the member out. Does not own its text.
class Label {
 public:
  static constexpr size_t kMaxBytes = 128;

  constexpr Label() = default;
  constexpr explicit Label(std::string_view text) : text_(is_label(text) ? text : kNobody) {}
  template <typename Tag>
  constexpr explicit Label(const base::Name<Tag>& name) : Label(name.view()) {}

  [[nodiscard]] constexpr std::string_view view() const { return text_; }
  [[nodiscard]] constexpr bool empty() const { return text_.empty(); }

  /// Whether `text` is recorded as it is.
  [[nodiscard]] static constexpr bool is_label(std::string_view text) {
    if (text.size() > kMaxBytes) return false;
    for (const char c : text) {
      if (!is_label_char(c)) return false;
    }
    return true;
  }

 private:
  std::string_view text_;
};

/// Who a verified credential names, as records have it: its commitment, or a plain id as it is. Ids
/// come from tokens, so what is neither becomes "-"; never a plain hash, which a list of addresses
/// would open. Does not own its text.
class Subject {
 public:
  constexpr Subject() = default;  ///< nobody: "-"
  constexpr explicit Subject(std::string_view id) : text_(is_plain(id) ? id : kNobody) {}
  explicit Subject(const Commitment& commitment) : text_(commitment.view()) {}
  template <typename Tag>
  constexpr explicit Subject(const base::Name<Tag>& name) : Subject(name.view()) {}

  [[nodiscard]] constexpr std::string_view view() const { return text_; }

  /// Whether `id` looks like one that a provider made up: label characters, | and +, which
  /// providers use. Not addresses (an @ and a dot behind it; `Zx81@clients` is a program's id), and
  /// nothing that could pass for a commitment.
  [[nodiscard]] static constexpr bool is_plain(std::string_view id) {
    if (id.empty() || id.size() > Label::kMaxBytes) return false;
    if (id.starts_with(Commitment::kPrefix)) return false;
    if (const size_t at = id.find('@'); at != std::string_view::npos) {
      if (id.find('.', at) != std::string_view::npos) return false;
    }
    for (const char c : id) {
      if (!is_label_char(c) && c != '|' && c != '+') return false;
    }
    return true;
  }

 private:
  std::string_view text_ = kNobody;
};

/// The name of a member of `data`: 1 to 24 of a-z, 0-9 and _, known when this program is compiled,
/// so that no text of a request can become a key.
class Field {
 public:
  consteval Field(const char* name) : name_(name) {  // NOLINT(google-explicit-constructor)
    if (name_.empty() || name_.size() > 24) throw "a field name has 1 to 24 characters";
    for (const char c : name_) {
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') {
        throw "a field name is made of a-z, 0-9 and _";
      }
    }
  }

  [[nodiscard]] constexpr std::string_view view() const { return name_; }

 private:
  friend class Data;
  constexpr Field() = default;
  std::string_view name_;
};

/// A word that is written in the source of this program: `Word("up")`.
class Word {
 public:
  consteval explicit Word(const char* text) : text_(text) {
    if (text_.empty() || !Label::is_label(text_)) throw "a word is made of label characters";
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace srasta::audit
