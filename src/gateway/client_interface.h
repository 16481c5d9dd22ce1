#pragma once

#include "dialects/protocol.h"
#include "inference/token_bound.h"

#include <string_view>

namespace srasta::gateway {

/// What the path of an inference route says about its client.
struct ClientInterface {
  dialects::Protocol protocol = dialects::Protocol::Chat;
  /// Whether the other protocols have the same; the rest is for engines that have the path itself.
  bool translatable = false;
  inference::BodyKind kind = inference::BodyKind::InputOnly;
  bool streams_by_default = false;
  bool counts_tokens = false;  ///< asks how long a prompt is, and generates nothing

  [[nodiscard]] bool generates() const { return kind != inference::BodyKind::InputOnly; }
};

[[nodiscard]] ClientInterface interface_of(std::string_view route_path);

/// Where an engine has the translatable part of `protocol`.
[[nodiscard]] std::string_view path_of(dialects::Protocol protocol);

}  // namespace srasta::gateway
