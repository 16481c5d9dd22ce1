#pragma once

#include "inference/catalog.h"

#include <string>

namespace srasta::gateway {

/// The answers of GET /v1/models and GET /v1/models/{id} in OpenAI's form.
[[nodiscard]] std::string models_json(const inference::Catalog& catalog);
[[nodiscard]] std::string model_json(const inference::Catalog::Listed& model);

}  // namespace srasta::gateway
