#include "gateway/spoken_request.h"

namespace srasta::gateway {
namespace {

using dialects::Protocol;
using service::ErrorCode;

}  // namespace

SpokenRequest::SpokenRequest(const ClientInterface& client, std::string_view path,
                             std::string_view body, const inference::RequestView& view)
    : client_(client), path_(path), body_(body), view_(view) {}

const SpokenRequest::Translation& SpokenRequest::translated(const dialects::Way& way) {
  std::unique_ptr<Translation>& place = translations_[static_cast<size_t>(way.engine)];
  if (place) return *place;
  place = std::make_unique<Translation>();
  auto body = dialects::translate_request(way, body_);
  if (!body) {
    place->unsayable = {.code = ErrorCode::CannotTranslate,
                        .reason = "not_translatable",
                        .param = std::move(body.error().detail)};
    return *place;
  }
  place->body = *std::move(body);
  place->view = inference::read_request(place->body);
  if (place->view.fault != inference::BodyFault::None) {
    place->unsayable = {.code = ErrorCode::CannotTranslate, .reason = "not_translatable"};
  }
  return *place;
}

std::expected<SpokenRequest::Version, SpokenRequest::Unsayable> SpokenRequest::version_for(
    const SpokenProtocols& server, base::MonoTime now, std::optional<Protocol> but_not) {
  const auto speaks = [&](Protocol protocol) {
    return protocol != but_not && server.contains(protocol, now);
  };
  if (speaks(client_.protocol)) {
    return Version{.way = {.client = client_.protocol, .engine = client_.protocol},
                   .path = path_,
                   .body = body_,
                   .view = &view_};
  }
  if (!client_.operation) return std::unexpected(Unsayable());
  std::optional<Unsayable> why;
  for (const Protocol engine : {Protocol::Chat, Protocol::Messages}) {
    const dialects::Way way{client_.protocol, engine, *client_.operation};
    if (!speaks(engine) || !dialects::translates(way)) continue;
    const Translation& translation = translated(way);
    if (!translation.unsayable) {
      return Version{.way = way,
                     .path = path_of(engine, dialects::asked_of_engine(way)),
                     .body = translation.body,
                     .view = &translation.view,
                     .translated = true};
    }
    if (!why) why = translation.unsayable;
  }
  return std::unexpected(why.value_or(Unsayable()));
}

}  // namespace srasta::gateway
