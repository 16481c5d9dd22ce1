#pragma once

#include "dialects/translation.h"
#include "gateway/client_interface.h"
#include "gateway/spoken_protocols.h"
#include "inference/request_edit.h"
#include "service/code.h"

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

/// A client's request in the languages of engines; each translation is made once, when it is first
/// needed.
class SpokenRequest {
 public:
  /// All of it must outlive the object.
  SpokenRequest(const ClientInterface& client, std::string_view path, std::string_view body,
                const inference::RequestView& view);

  /// What an engine is sent. Valid as long as the `SpokenRequest`.
  struct Version {
    dialects::Way way;
    std::string_view path;
    std::string_view body;
    const inference::RequestView* view = nullptr;
    bool translated = false;
  };
  struct Unsayable {
    service::ErrorCode code = service::ErrorCode::InterfaceUnavailable;
    std::string_view reason = "not_spoken";
    std::string param = {};
  };

  [[nodiscard]] const ClientInterface& client() const { return client_; }
  /// In the client's own language where the server speaks it; else translated, to Chat if the
  /// choice is there. `but_not`: a language that the server was just found not to speak.
  [[nodiscard]] std::expected<Version, Unsayable> version_for(
      const SpokenProtocols& server, base::MonoTime now,
      std::optional<dialects::Protocol> but_not = std::nullopt);

 private:
  struct Translation {
    std::string body;
    inference::RequestView view;
    std::optional<Unsayable> unsayable;
  };
  const Translation& translated(const dialects::Way& way);

  const ClientInterface client_;
  const std::string_view path_;
  const std::string_view body_;
  const inference::RequestView& view_;
  std::array<std::unique_ptr<Translation>, dialects::kProtocols.size()> translations_;
};

}  // namespace srasta::gateway
