#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::json {

class Document;

/// A value inside a `Document`, which must outlive it. Copies are cheap. Reading a value as a kind
/// that it is not gives nothing, never a default.
class Value {
 public:
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] std::optional<std::string_view> string() const;
  /// Whole numbers only: 1.0 and 1e3 are not integers here.
  [[nodiscard]] std::optional<int64_t> integer() const;
  [[nodiscard]] std::optional<bool> boolean() const;

  /// Elements of an array, members of an object; 0 for everything else.
  [[nodiscard]] size_t size() const;
  /// Element `index` of an array; `index` < size().
  [[nodiscard]] Value at(size_t index) const;
  /// Member `key` of an object.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;
  /// RFC 6901 ("" is the value itself).
  [[nodiscard]] std::optional<Value> pointer(std::string_view path) const;
  void for_each_member(const std::function<void(std::string_view, Value)>& visit) const;

 private:
  friend class Document;
  explicit Value(const void* node) : node_(node) {}
  const void* node_;
};

/// The elements of an array of texts; nothing for any other value.
[[nodiscard]] std::optional<std::vector<std::string>> texts_of(Value value);
/// Of the JSON text of such an array, which stands by itself.
[[nodiscard]] std::optional<std::vector<std::string>> parse_texts(std::string_view array);

/// A parsed JSON object that owns its storage. Immutable, so it may be read from several threads.
class Document {
 public:
  /// What `scan_object` accepts with unique keys at every level, but for numbers whose exponent no
  /// double can hold; Code::Invalid otherwise,
  /// with the `Fault` by name as `detail`.
  static base::Result<Document> parse(std::string_view text, unsigned depth = 64);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] Value root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace srasta::json
