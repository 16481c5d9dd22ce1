#include "telemetry/otlp_json.h"

#include <gtest/gtest.h>

namespace srasta::telemetry {
namespace {

const Resource kResource{.service = "srasta-api", .version = "1.2.3", .instance = "inst-1"};

TEST(OtlpJson, IsTheJsonFormOfTheProtocol) {
  const service::Span span{
      .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
      .span_id = "00f067aa0ba902b7",
      .parent_id = "b7ad6b7169203331",
      .name = "chat m1",
      .kind = service::Span::Kind::Client,
      .start = base::WallTime(base::Micros(1'700'000'000'000'001)),
      .end = base::WallTime(base::Micros(1'700'000'000'250'000)),
      .attributes = {{"gen_ai.request.model", std::string("m\"1")},
                     {"gen_ai.usage.input_tokens", int64_t{9'007'199'254'740'993}},
                     {"gen_ai.response.time_to_first_chunk", 0.25}},
      .failed = true};
  EXPECT_EQ(otlp_json(kResource, std::span(&span, 1)),
            R"({"resourceSpans":[{"resource":{"attributes":[)"
            R"({"key":"service.name","value":{"stringValue":"srasta-api"}},)"
            R"({"key":"service.version","value":{"stringValue":"1.2.3"}},)"
            R"({"key":"service.instance.id","value":{"stringValue":"inst-1"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"srasta","version":"1.2.3"},"spans":[)"
            R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",)"
            R"("parentSpanId":"b7ad6b7169203331","name":"chat m1","kind":3,)"
            R"("startTimeUnixNano":"1700000000000001000","endTimeUnixNano":"1700000000250000000",)"
            R"("attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"m\"1"}},)"
            R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":"9007199254740993"}},)"
            R"({"key":"gen_ai.response.time_to_first_chunk","value":{"doubleValue":0.25}}],)"
            R"("status":{"code":2}}]}]}]})");
}

TEST(OtlpJson, LeavesOutWhatIsNotThere) {
  const service::Span span{.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                           .span_id = "00f067aa0ba902b7",
                           .parent_id = {},
                           .name = "GET /v1/models",
                           .attributes = {}};
  const std::string text = otlp_json(kResource, std::span(&span, 1));
  EXPECT_EQ(text.find("parentSpanId"), std::string::npos);
  EXPECT_NE(text.find(R"("kind":2)"), std::string::npos);
  EXPECT_NE(text.find(R"("status":{})"), std::string::npos);
}

}  // namespace
}  // namespace srasta::telemetry
