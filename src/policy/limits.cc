#include "policy/limits.h"

#include "policy/limit_fields.h"

#include <algorithm>

namespace srasta::policy {

Limits narrower(const Limits& a, const Limits& b) {
  Limits out = a;
  for (const NumberField& field : number_fields()) {
    field.set(out, std::min(field.get(a), field.get(b)));
  }
  for (const PermissionField& field : permission_fields()) {
    field.set(out, field.get(a) && field.get(b));
  }
  return out;
}

}  // namespace srasta::policy
