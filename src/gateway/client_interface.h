#pragma once

#include "dialects/protocol.h"
#include "inference/token_bound.h"

#include <optional>
#include <string_view>

namespace srasta::gateway {

/// What the path of an inference route says about its client.
struct ClientInterface {
  dialects::Protocol protocol = dialects::Protocol::Chat;
  /// What other protocols may have, too; nothing: it is for engines that have the path itself.
  std::optional<dialects::Operation> operation = std::nullopt;
  inference::BodyKind kind = inference::BodyKind::InputOnly;
  bool streams_by_default = false;
  bool counts_tokens = false;  ///< asks how long a prompt is, and generates nothing

  [[nodiscard]] bool generates() const { return kind != inference::BodyKind::InputOnly; }
};

[[nodiscard]] ClientInterface interface_of(std::string_view route_path);

/// Where an engine of `protocol` is asked for `operation`; empty: it has no such thing.
[[nodiscard]] std::string_view path_of(dialects::Protocol protocol, dialects::Operation operation);

}  // namespace srasta::gateway
