#include "policy/pattern.h"

#include <re2/re2.h>
#include <utility>

namespace srasta::policy {

struct Pattern::Impl {
  Impl(std::string_view text, const re2::RE2::Options& options)
      : expression(re2::StringPiece(text.data(), text.size()), options) {}
  re2::RE2 expression;
};

namespace {

constexpr int64_t kMostMemory = int64_t{1} << 20;

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  return options;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Pattern::Pattern(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

std::expected<Pattern, std::string> Pattern::parse(std::string_view text) {
  auto impl = std::make_shared<const Impl>(text, quiet());
  if (!impl->expression.ok()) return std::unexpected(impl->expression.error());
  return Pattern(std::move(impl));
}

Pattern Pattern::literal(std::string_view text) {
  re2::RE2::Options options = quiet();
  options.set_literal(true);
  return Pattern(std::make_shared<const Impl>(text, options));
}

const std::string& Pattern::text() const {
  return impl_->expression.pattern();
}

bool Pattern::matches_whole(std::string_view text) const {
  return re2::RE2::FullMatch(piece(text), impl_->expression);
}

std::optional<Pattern::Place> Pattern::find(std::string_view text, size_t from) const {
  re2::StringPiece found;
  if (!impl_->expression.Match(piece(text), from, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<size_t>(found.data() - text.data());
  return Place{begin, begin + found.size()};
}

bool Pattern::may_be_option() const {
  constexpr int kPrefix = 8;
  std::string least;
  std::string most;
  if (!impl_->expression.PossibleMatchRange(&least, &most, kPrefix)) return true;
  return most >= "-" && least < ".";
}

}  // namespace srasta::policy
