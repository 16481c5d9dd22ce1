#include "access/caller.h"

#include <utility>

namespace srasta::access {

std::string_view to_string(CallerKind kind) {
  return kind == CallerKind::Service ? "service" : "user";
}

Caller::Caller(Facts facts) : facts_(std::move(facts)) {}

}  // namespace srasta::access
