// What the other files of this folder may not do, done properly.
#include "access/caller.h"
#include "access/decision.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>

#include <fmt/format.h>

srasta::base::Result<void> act();

bool handle(const srasta::access::Caller& caller) {
  return decide(caller, srasta::access::Permission::InferenceModels).allowed() && act().ok();
}

std::string authorization(const srasta::base::Secret& secret) {
  return fmt::format("Bearer {}", secret.expose());
}
