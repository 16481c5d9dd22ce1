#include "gateway/generation_watch.h"

#include <algorithm>

namespace srasta::gateway {

/// Bytes behind a whole answer are the server's error, though the client has what it asked for.
GenerationOutcome ended_as(const RelayEnd& end) {
  if (end.kind == RelayEnd::Kind::Complete && end.reason.empty())
    return GenerationOutcome::Complete;
  return end.kind == RelayEnd::Kind::Abort ? GenerationOutcome::Abort : GenerationOutcome::Error;
}

GenerationWatch::GenerationWatch(GenerationMetrics& metrics, service::Request& request,
                                 const inference::RequestView& view,
                                 const inference::Catalog& catalog)
    : metrics_(metrics),
      request_(request),
      view_(view),
      is_alias_(catalog.knows_alias(view.model)) {}

void GenerationWatch::begin(const UpstreamSpec& upstream, std::string_view /*model*/) {
  cell_ = &metrics_.at(is_alias_ ? std::string_view(view_.model) : "-", upstream.name.view());
  pace_.emplace(request_.exchange.loop().now(), *cell_);
}

void GenerationWatch::end(const RelayEnd& end) {
  if (ended_as(end) == GenerationOutcome::Error) {
    cell_->count_error(audit::find_reason(end.reason).value_or(audit::Reason::None));
  }
}

void GenerationWatch::finish(const RelayEnd& end) {
  if (cell_ == nullptr) return;
  cell_->outcomes[static_cast<size_t>(ended_as(end))].add();
  if (!end.usage) return;
  cell_->input_tokens.add(static_cast<uint64_t>(std::max<int64_t>(end.usage->input, 0)));
  cell_->output_tokens.add(static_cast<uint64_t>(std::max<int64_t>(end.usage->output, 0)));
}

}  // namespace srasta::gateway
