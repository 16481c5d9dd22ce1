#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// What a model's name asks for: "stream-64x250@100" is 64 frames of 250 bytes, one every 100 ms;
/// without @ they leave as fast as they are taken, and "stream-64x250*8" sends 8 at once, so that
/// the engine is not what is measured. Any other name: 64 frames of 250 bytes.
struct MockShape {
  uint32_t frames = 64;
  size_t frame_bytes = 250;
  int64_t pace_ns = 0;
  uint32_t at_once = 1;
};

[[nodiscard]] MockShape parse_shape(std::string_view model);

struct MockRequest {
  std::string path;
  std::string id;  ///< `user` of the body
  MockShape shape;
  bool stream = false;
  bool wants_usage = false;
};

/// Removes the first whole request from `in`; nothing while there is none.
[[nodiscard]] std::optional<MockRequest> take_request(std::string& in);

/// A whole answer with a completion and its usage.
[[nodiscard]] std::string_view completion();

/// The events of one answer, as chunks. A frame's content begins with its number from 0 and the
/// time at which it was sent (CLOCK_MONOTONIC, ns): "00000012 0001234567890123456 ".
class MockStream {
 public:
  explicit MockStream(const MockRequest& request);

  [[nodiscard]] uint32_t frames_left() const { return shape_.frames - sent_; }
  [[nodiscard]] const MockShape& shape() const { return shape_; }
  [[nodiscard]] const std::string& id() const { return id_; }

  void append_frame(std::string& out, int64_t now_ns);
  /// The usage if it was asked for, [DONE], and the end of the body.
  void append_end(std::string& out) const;

 private:
  MockShape shape_;
  std::string id_;
  std::string frame_;
  size_t stamp_at_ = 0;
  bool wants_usage_;
  uint32_t sent_ = 0;
};

}  // namespace bench
