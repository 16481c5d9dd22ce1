#include "gateway/engines_json.h"

#include "json/writer.h"

namespace srasta::gateway {
namespace {

using inference::Breaker;

std::string_view to_string(Breaker::State state) {
  switch (state) {
    case Breaker::State::Closed:
      return "used";
    case Breaker::State::Open:
      return "ejected";
    case Breaker::State::HalfOpen:
      return "on_trial";
  }
  return "used";
}

void write_engine(json::Writer& writer, const inference::UpstreamState& state,
                  const Upstreams::One& upstream, base::MonoTime now) {
  const Engine& engine = *upstream.spec.engine;
  writer.begin_object().member("name", state.name.view());
  writer.member("kind", std::string_view(state.kind)).member("detected", state.detected);
  writer.member("external", state.external);
  if (state.external) writer.member("acknowledged", state.acknowledged);
  writer.member("reachable", state.reachable).member("state", to_string(engine.state(now)));
  writer.member("places", int64_t{upstream.spec.rules.places});
  writer.member("in_hand", int64_t{engine.in_hand()});
  writer.member("waiting", int64_t{engine.waiting()});
  writer.key("models").begin_array();
  for (const base::ModelName& model : state.models) writer.string(model.view());
  writer.end_array().end_object();
}

void write_offer(json::Writer& writer, const inference::Offer& offer,
                 const inference::Catalog& catalog) {
  writer.begin_object().member("name", offer.name.view()).member("alias", offer.is_alias);
  writer.key("targets").begin_array();
  for (const inference::Target& target : offer.targets) {
    writer.begin_object();
    writer.member("engine", catalog.upstreams()[target.upstream].name.view());
    writer.member("model", target.model.view()).member("weight", int64_t{target.weight});
    if (target.hop > 0) writer.member("fallback", offer.hops[target.hop].view());
    writer.end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

std::string engines_json(const inference::Catalog& catalog, const Upstreams& upstreams,
                         base::MonoTime now) {
  json::Writer writer;
  writer.begin_object().key("engines").begin_array();
  for (size_t i = 0; i < catalog.upstreams().size(); ++i) {
    write_engine(writer, catalog.upstreams()[i], upstreams.at(i), now);
  }
  writer.end_array().key("offers").begin_array();
  for (const inference::Offer& offer : catalog.offers()) write_offer(writer, offer, catalog);
  return writer.end_array().end_object().take();
}

}  // namespace srasta::gateway
