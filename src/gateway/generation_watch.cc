#include "gateway/generation_watch.h"

#include "inference/token_bound.h"

#include <algorithm>
#include <utility>

namespace srasta::gateway {
namespace {

/// gen_ai.operation.name of a route.
std::string_view operation_of(std::string_view path) {
  if (path.find("embed") != std::string_view::npos) return "embeddings";
  if (path == "/v1/completions" || path == "/api/generate") return "text_completion";
  return "chat";
}

}  // namespace

/// Bytes behind a whole answer are the server's error, though the client has what it asked for.
GenerationOutcome ended_as(const RelayEnd& end) {
  if (end.kind == RelayEnd::Kind::Complete && end.reason.empty())
    return GenerationOutcome::Complete;
  return end.kind == RelayEnd::Kind::Abort ? GenerationOutcome::Abort : GenerationOutcome::Error;
}

GenerationWatch::GenerationWatch(GenerationMetrics& metrics, service::Request& request,
                                 const inference::RequestView& view, const inference::Offer& offer)
    : metrics_(metrics), request_(request), view_(view), is_alias_(offer.is_alias) {}

GenerationMetrics::Cell& GenerationWatch::cell_of(const UpstreamSpec& upstream) {
  return metrics_.at(is_alias_ ? std::string_view(view_.model) : "-", upstream.name.view());
}

void GenerationWatch::waited(const UpstreamSpec& upstream, base::MonoTime began) {
  cell_of(upstream).count_wait(request_.exchange.loop().now() - began);
}

void GenerationWatch::begin(const UpstreamSpec& upstream, std::string_view model) {
  cell_ = &cell_of(upstream);
  pace_.emplace(request_.exchange.loop().now(), *cell_);
  if (!request_.trace) return;
  span_ = span_of(upstream, model);
  trace_parent_ = request_.trace->parent_for(*span_);
}

/// OpenTelemetry's conventions for generative AI. The server is named as the configuration names
/// it: its address says more than whoever reads traces needs.
service::Span GenerationWatch::span_of(const UpstreamSpec& upstream, std::string_view model) const {
  const std::string operation(operation_of(request_.route->path));
  service::Span span =
      request_.trace->child(operation + " " + std::string(model), request_.exchange.loop().now());
  span.attributes = {{"gen_ai.operation.name", operation},
                     {"gen_ai.provider.name", std::string(to_string(upstream.kind))},
                     {"gen_ai.request.model", std::string(model)},
                     {"server.address", upstream.name.str()},
                     {"srasta.request_id", request_.id.str()}};
  if (is_alias_) span.attributes.push_back({"srasta.alias", view_.model});
  if (const auto most = inference::asked_output(view_.object)) {
    span.attributes.push_back({"gen_ai.request.max_tokens", *most});
  }
  return span;
}

void GenerationWatch::finish_span(service::Span span, const RelayEnd& end) {
  if (end.upstream_status > 0) {
    span.attributes.push_back({"http.response.status_code", int64_t{end.upstream_status}});
  }
  if (const auto first = pace_ ? pace_->first() : std::nullopt) {
    span.attributes.push_back(
        {"gen_ai.response.time_to_first_chunk", static_cast<double>(first->count()) / 1e6});
  }
  if (end.usage) {
    span.attributes.push_back({"gen_ai.usage.input_tokens", end.usage->input});
    span.attributes.push_back({"gen_ai.usage.output_tokens", end.usage->output});
  }
  if (!end.reason.empty()) span.attributes.push_back({"error.type", std::string(end.reason)});
  span.failed = ended_as(end) == GenerationOutcome::Error;
  request_.trace->finish_child(std::move(span), request_.exchange.loop().now());
  trace_parent_.clear();
}

void GenerationWatch::end(const RelayEnd& end) {
  if (ended_as(end) == GenerationOutcome::Error) {
    cell_->count_error(audit::find_reason(end.reason).value_or(audit::Reason::None));
  }
  if (!span_) return;
  finish_span(*std::move(span_), end);
  span_.reset();
}

void GenerationWatch::finish(const RelayEnd& end) {
  if (cell_ == nullptr) return;
  cell_->outcomes[static_cast<size_t>(ended_as(end))].add();
  // An error that the client has not been told yet names itself when it is.
  if (request_.trace && !end.reason.empty() && !end.code) {
    request_.trace->fail(end.reason);
    const bool relayed = end.upstream_status >= 400;  // the client sees whose error it is
    if (ended_as(end) == GenerationOutcome::Error && !relayed) request_.trace->broke();
  }
  if (!end.usage) return;
  cell_->input_tokens.add(static_cast<uint64_t>(std::max<int64_t>(end.usage->input, 0)));
  cell_->output_tokens.add(static_cast<uint64_t>(std::max<int64_t>(end.usage->output, 0)));
}

}  // namespace srasta::gateway
