#include "inference/request_edit.h"

#include "json/writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace srasta::inference {
namespace {

using dialects::Protocol;

BodyFault fault_of(json::Fault fault) {
  switch (fault) {
    case json::Fault::None:
      return BodyFault::None;
    case json::Fault::Utf8:
      return BodyFault::Utf8;
    case json::Fault::Depth:
      return BodyFault::Depth;
    case json::Fault::DuplicateKey:
      return BodyFault::DuplicateKey;
    case json::Fault::Syntax:
    case json::Fault::NotAnObject:
      return BodyFault::Json;
  }
  return BodyFault::Json;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The options were scanned with the body, so the only fault left is a repeated key.
BodyFault read_stream_options(const json::Member& options, RequestView& view) {
  view.stream_options = options.value;
  if (options.kind == json::Kind::Null) return BodyFault::None;
  if (options.kind != json::Kind::Object) return BodyFault::StreamOptionsNotObject;
  const json::ScanOutcome scan = json::scan_object(options.value, {.lone_surrogates = true});
  const json::Member* const member = scan.object.find("include_usage");
  view.wants_usage = member != nullptr && member->value == "true";
  return fault_of(scan.fault);
}

/// A replacement of `old` (a view into the body) by `text`, which outlives the body's edits.
struct Splice {
  std::string_view old;
  std::string_view text;
};

Splice usage_splice(std::string_view body, const RequestView& view) {
  const std::string_view options = view.stream_options;
  if (options.empty()) {
    const size_t brace = body.find('{');
    return {body.substr(brace + 1, 0), R"("stream_options":{"include_usage":true},)"};
  }
  if (options == "null") return {options, R"({"include_usage":true})"};
  const json::ScanOutcome scan = json::scan_object(options, {.lone_surrogates = true});
  if (const json::Member* const member = scan.object.find("include_usage")) {
    return {member->value, "true"};
  }
  const bool empty = scan.object.members().empty();
  return {options.substr(1, 0), empty ? R"("include_usage":true)" : R"("include_usage":true,)"};
}

struct LimitEdit {
  std::string_view old;
  std::string text;
};

/// Over a null, or as the first member of `object`, whose text begins with its brace; nothing when
/// the client gave a limit.
std::optional<LimitEdit> limit_edit(std::string_view text, const json::ObjectView& object,
                                    std::string_view name, const std::string& value) {
  const json::Member* const member = object.find(name);
  if (member != nullptr && member->kind != json::Kind::Null) return std::nullopt;
  if (member != nullptr) return LimitEdit{member->value, value};
  const std::string_view comma = object.members().empty() ? "" : ",";
  return LimitEdit{text.substr(text.find('{') + 1, 0),
                   fmt::format(R"("{}":{}{})", name, value, comma)};
}

std::optional<LimitEdit> limit_edit(std::string_view body, const RequestView& view,
                                    uint64_t max_tokens, Protocol protocol) {
  const std::string number = std::to_string(max_tokens);
  if (protocol == Protocol::Responses) {
    return limit_edit(body, view.object, "max_output_tokens", number);
  }
  if (protocol != Protocol::Ollama) return limit_edit(body, view.object, "max_tokens", number);
  const json::Member* const options = view.object.find("options");
  if (options == nullptr || options->kind != json::Kind::Object) {
    return limit_edit(body, view.object, "options", R"({"num_predict":)" + number + "}");
  }
  const json::ScanOutcome scan = json::scan_object(options->value, {.lone_surrogates = true});
  return limit_edit(options->value, scan.object, "num_predict", number);
}

}  // namespace

RequestView read_request(std::string_view body, bool streams_by_default) {
  RequestView view{.stream = streams_by_default};
  if (is_blank(body)) {
    view.fault = BodyFault::Empty;
    return view;
  }
  json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  view.fault = fault_of(scan.fault);
  if (!scan.ok()) return view;
  view.object = std::move(scan.object);
  const json::Member* const model = view.object.find("model");
  if (model == nullptr || model->kind != json::Kind::String || model->value == "\"\"") {
    view.fault = BodyFault::ModelRequired;
    return view;
  }
  const auto name = json::string_value(*model);
  if (!name) {
    view.fault = BodyFault::Json;
    return view;
  }
  view.model = *name;
  view.model_value = model->value;
  if (const json::Member* const stream = view.object.find("stream")) {
    if (stream->kind != json::Kind::Boolean && stream->kind != json::Kind::Null) {
      view.fault = BodyFault::StreamNotBoolean;
      return view;
    }
    if (stream->kind == json::Kind::Boolean) view.stream = stream->value == "true";
  }
  if (const json::Member* const options = view.object.find("stream_options")) {
    view.fault = read_stream_options(*options, view);
  }
  return view;
}

EditedBody::EditedBody(std::string_view body, const RequestView& view, std::string_view model,
                       bool add_usage, std::optional<uint64_t> max_tokens, Protocol protocol) {
  std::vector<Splice> splices;
  if (model != view.model) {
    model_text_ = view.is_form ? std::string(model) : json::Writer().string(model).take();
    splices.push_back({view.model_value, model_text_});
  }
  if (add_usage && !view.wants_usage) {
    splices.push_back(usage_splice(body, view));
  }
  if (auto edit = max_tokens ? limit_edit(body, view, *max_tokens, protocol) : std::nullopt) {
    max_tokens_text_ = std::move(edit->text);
    splices.push_back({edit->old, max_tokens_text_});
  }
  std::ranges::sort(splices, {}, [](const Splice& splice) { return splice.old.data(); });
  const char* at = body.data();
  for (const Splice& splice : splices) {
    add({at, splice.old.data()});
    add(splice.text);
    at = splice.old.data() + splice.old.size();
  }
  add({at, body.data() + body.size()});
}

void EditedBody::add(std::string_view part) {
  if (part.empty()) return;
  parts_.push_back(part);
  size_ += part.size();
}

std::string EditedBody::joined() const {
  std::string text;
  for (const std::string_view part : parts_) text += part;
  return text;
}

}  // namespace srasta::inference
