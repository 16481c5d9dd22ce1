#pragma once

#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::tools {

/// Where the next page of a list begins, as a text that says nothing to others: it is good for the
/// one caller, and the one list, that it was made for, until the service ends.
class Cursors {
 public:
  explicit Cursors(base::Secret key) : key_(std::move(key)) {}

  /// `scope`: caller and list, in any spelling that differs for others.
  [[nodiscard]] std::string make(std::string_view scope, std::string_view position) const;
  /// The position; nothing for a text that was not made so.
  [[nodiscard]] std::optional<std::string> read(std::string_view scope,
                                                std::string_view cursor) const;

 private:
  [[nodiscard]] std::string seal(std::string_view scope, std::string_view position) const;
  const base::Secret key_;
};

}  // namespace srasta::tools
