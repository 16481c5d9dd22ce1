#include "inference/form_request.h"

#include <algorithm>

namespace srasta::inference {
namespace {

constexpr size_t kLongestName = 256;

bool is_printable(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
}

}  // namespace

RequestView read_form(const http::Form& form) {
  RequestView view;
  view.is_form = true;
  const http::FormPart* const model = form.find("model");
  const http::FormPart* const stream = form.find("stream");
  view.fault = BodyFault::DuplicateKey;
  if (form.count("model") > 1 || form.count("stream") > 1) return view;
  view.fault = BodyFault::ModelRequired;
  if (model == nullptr || model->file || model->value.empty()) return view;
  if (model->value.size() > kLongestName || !std::ranges::all_of(model->value, is_printable)) {
    return view;
  }
  view.fault = BodyFault::None;
  view.model = std::string(model->value);
  view.model_value = model->value;
  view.stream = stream != nullptr && stream->value == "true";
  return view;
}

}  // namespace srasta::inference
