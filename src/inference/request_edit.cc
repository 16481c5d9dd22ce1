#include "inference/request_edit.h"

#include "json/writer.h"

#include <algorithm>
#include <vector>

namespace srasta::inference {
namespace {

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

bool asks_for_usage(std::string_view stream_options) {
  const json::ScanOutcome scan = json::scan_object(stream_options, {.lone_surrogates = true});
  const json::Member* const member = scan.object.find("include_usage");
  return member != nullptr && member->value == "true";
}

/// A replacement of `old` (a view into the body) by `text`.
struct Splice {
  std::string_view old;
  std::string text;
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

}  // namespace

RequestView read_request(std::string_view body) {
  RequestView view;
  if (is_blank(body)) {
    view.fault = BodyFault::Empty;
    return view;
  }
  const json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  view.fault = fault_of(scan.fault);
  if (!scan.ok()) return view;
  const json::Member* const model = scan.object.find("model");
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
  if (const json::Member* const stream = scan.object.find("stream")) {
    if (stream->kind != json::Kind::Boolean && stream->kind != json::Kind::Null) {
      view.fault = BodyFault::StreamNotBoolean;
      return view;
    }
    view.stream = stream->value == "true";
  }
  if (const json::Member* const options = scan.object.find("stream_options")) {
    if (options->kind != json::Kind::Object && options->kind != json::Kind::Null) {
      view.fault = BodyFault::StreamOptionsNotObject;
      return view;
    }
    view.stream_options = options->value;
    view.wants_usage = options->kind == json::Kind::Object && asks_for_usage(options->value);
  }
  return view;
}

std::string edit_request(std::string_view body, const RequestView& view, std::string_view model,
                         bool add_usage) {
  std::vector<Splice> splices;
  if (model != view.model) {
    splices.push_back({view.model_value, json::Writer().string(model).take()});
  }
  if (add_usage && !view.wants_usage) splices.push_back(usage_splice(body, view));
  std::ranges::sort(splices, {}, [](const Splice& splice) { return splice.old.data(); });
  std::string edited;
  edited.reserve(body.size() + 64);
  const char* at = body.data();
  for (const Splice& splice : splices) {
    edited.append(at, splice.old.data());
    edited += splice.text;
    at = splice.old.data() + splice.old.size();
  }
  edited.append(at, body.data() + body.size());
  return edited;
}

}  // namespace srasta::inference
