#pragma once

#include "base/strong.h"
#include "json/scanner.h"

#include <cstdint>
#include <string>
#include <string_view>

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

/// The members of an inference request that the gateway reads. Views point into the body.
struct RequestView {
  BodyFault fault = BodyFault::Json;
  std::string model;
  bool stream = false;
  bool wants_usage = false;         ///< the client set stream_options.include_usage itself
  std::string_view model_value;     ///< as written, quotes included
  std::string_view stream_options;  ///< as written; empty when absent
};

[[nodiscard]] RequestView read_request(std::string_view body);

/// `body` with the declared edits of specs/gateway.md and no others: (1) the value of `model`
/// becomes `model`; (2) with `add_usage`, stream_options.include_usage becomes true. Everything
/// else keeps its bytes.
[[nodiscard]] std::string edit_request(std::string_view body, const RequestView& view,
                                       std::string_view model, bool add_usage);

}  // namespace srasta::inference
