#pragma once

#include "base/strong.h"
#include "dialects/protocol.h"
#include "json/scanner.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::inference {

/// Why a request body cannot be relayed.
enum class BodyFault : uint8_t {
  None,
  Json,
  Utf8,
  Depth,
  DuplicateKey,
  Empty,
  ModelRequired,
  StreamNotBoolean,
  StreamOptionsNotObject,
};

/// An inference request, read once; what else asks about its body asks here. Views point into it.
struct RequestView {
  BodyFault fault = BodyFault::Json;
  json::ObjectView object;  ///< all members of a body that is a JSON object; else empty
  std::string model;
  bool stream = false;
  bool wants_usage = false;         ///< the client set stream_options.include_usage itself
  std::string_view model_value;     ///< as written, quotes included
  std::string_view stream_options;  ///< as written; empty when absent
  bool is_form = false;             ///< a multipart form (form_request.h): `model_value` is bare
};

/// `streams_by_default`: as Ollama has it when the body does not say.
[[nodiscard]] RequestView read_request(std::string_view body, bool streams_by_default = false);

/// A client's body with the declared edits and no others: (1) the value of `model` becomes `model`;
/// (2) with `add_usage`, stream_options.include_usage becomes true; (3) with `max_tokens`, that
/// member becomes the number if it is absent or null, and keeps a value that the client gave;
/// Responses calls it `max_output_tokens`, and Ollama `options.num_predict`.
/// Everything else keeps its bytes, and is not copied. Not movable: the parts point into it.
class EditedBody {
 public:
  /// `body`, which `view` was read from, must outlive the object.
  EditedBody(std::string_view body, const RequestView& view, std::string_view model, bool add_usage,
             std::optional<uint64_t> max_tokens = std::nullopt,
             dialects::Protocol protocol = dialects::Protocol::Chat);
  EditedBody(const EditedBody&) = delete;
  EditedBody& operator=(const EditedBody&) = delete;

  /// In order: views into the client's body and into this object.
  [[nodiscard]] const std::vector<std::string_view>& parts() const { return parts_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::string joined() const;

 private:
  void add(std::string_view part);

  std::string model_text_;
  std::string max_tokens_text_;
  std::vector<std::string_view> parts_;
  size_t size_ = 0;
};

}  // namespace srasta::inference
