#include "gateway/readiness.h"

#include "json/writer.h"

namespace srasta::gateway {

std::string readiness_json(const Readiness& readiness, bool good) {
  json::Writer writer;
  writer.begin_object().member("status", good ? "ready" : "not_ready");
  writer.key("checks").begin_object();
  writer.member("ledger",
                readiness.ledger ? "writable" : "not writable: see the log for the cause");
  writer.member("identity", readiness.identity ? "loaded" : "not loaded");
  writer.member("access", readiness.access ? "on record" : "not on record yet: nobody is admitted");
  writer.member(
      "keys", readiness.keys ? "loaded" : "those of an issuer are missing or too old: see the log");
  writer.member("inference", readiness.inference
                                 ? "reachable"
                                 : "no server answers: start one or configure inference.upstreams");
  return writer.end_object().end_object().take();
}

}  // namespace srasta::gateway
