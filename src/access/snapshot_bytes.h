#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// Private to access/: numbers, texts and lists of an access snapshot as bytes.
namespace srasta::access {

/// Appends values; numbers are little-endian.
class ByteWriter {
 public:
  void u32(uint32_t value) { number(value); }
  void u64(uint64_t value) { number(value); }
  void raw(std::string_view bytes) { bytes_.append(bytes); }
  void text(std::string_view text) {
    u32(static_cast<uint32_t>(text.size()));
    raw(text);
  }
  template <typename Texts>
  void texts(const Texts& texts) {
    u32(static_cast<uint32_t>(texts.size()));
    for (const auto& one : texts) text(view_of(one));
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string& bytes() { return bytes_; }
  void put_u64(size_t at, uint64_t value) { std::memcpy(bytes_.data() + at, &value, sizeof value); }

 private:
  static std::string_view view_of(const std::string& text) { return text; }
  template <typename Name>
  static std::string_view view_of(const Name& name) {
    return name.view();
  }
  template <typename Number>
  void number(Number value) {
    char out[sizeof value];
    std::memcpy(out, &value, sizeof value);  // every supported machine is little-endian
    bytes_.append(out, sizeof out);
  }

  std::string bytes_;
};

/// Reads what `ByteWriter` wrote. Whatever lies outside the bytes reads as nothing and clears
/// `good`.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes, size_t at = 0) : bytes_(bytes), at_(at) {
    if (at > bytes.size()) good_ = false;
  }

  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  std::string_view raw(size_t size) {
    if (!good_ || size > bytes_.size() - at_) {
      good_ = false;
      return {};
    }
    const std::string_view out = bytes_.substr(at_, size);
    at_ += size;
    return out;
  }
  std::string_view text() { return raw(u32()); }
  /// How many items follow, each of at least `least` bytes.
  uint32_t count(size_t least) {
    const uint32_t number = u32();
    if (good_ && number <= (bytes_.size() - at_) / least) return number;
    good_ = false;
    return 0;
  }
  template <typename Text>
  std::vector<Text> texts() {
    std::vector<Text> out;
    for (uint32_t left = count(sizeof(uint32_t)); left > 0 && good_; --left)
      out.emplace_back(text());
    return out;
  }
  [[nodiscard]] bool good() const { return good_; }
  /// The offset of what is read next.
  [[nodiscard]] size_t at() const { return at_; }

 private:
  template <typename Number>
  Number number() {
    Number value{};
    const std::string_view bytes = raw(sizeof value);
    if (good_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  std::string_view bytes_;
  size_t at_;
  bool good_ = true;
};

}  // namespace srasta::access
