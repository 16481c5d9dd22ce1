#pragma once

#include "access/model_grant.h"
#include "inference/catalog.h"

#include <string>

namespace srasta::gateway {

/// The answers of GET /v1/models, with what `allowed` allows, and GET /v1/models/{id} in OpenAI's
/// form.
[[nodiscard]] std::string models_json(const inference::Catalog& catalog,
                                      const access::ModelGrant& allowed);
[[nodiscard]] std::string model_json(const inference::Offer& model);

}  // namespace srasta::gateway
