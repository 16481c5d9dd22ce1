#pragma once

#include <string>
#include <string_view>

namespace srasta::base {

/// A value that must not be shown: it has no formatter, no stream operator and no comparison, and
/// its bytes are wiped on destruction. `expose()` is the only way in; its call sites are reviewed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string_view expose() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  [[nodiscard]] Secret clone() const { return Secret(value_); }

  template <typename Stream>
  friend Stream& operator<<(Stream& stream, const Secret& secret) = delete;

 private:
  std::string value_;
};

/// Overwrites `text` in a way that the compiler may not remove.
void wipe(std::string& text);

}  // namespace srasta::base
