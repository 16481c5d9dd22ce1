#pragma once

#include "http/multipart.h"
#include "inference/request_edit.h"

namespace srasta::inference {

/// What the gate and the relay need of a multipart form: `model`, exactly once and not a file, and
/// `stream`. Nothing else in it decides anything. `form` outlives the view.
[[nodiscard]] RequestView read_form(const http::Form& form);

}  // namespace srasta::inference
