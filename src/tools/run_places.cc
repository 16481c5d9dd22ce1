#include "tools/run_places.h"

#include <utility>

namespace srasta::tools {
namespace {

int64_t count_of(const std::map<std::string, int64_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

void give_back(std::map<std::string, int64_t>& counts, const std::string& name) {
  if (--counts[name] == 0) counts.erase(name);
}

}  // namespace

RunPlaces::Place::Place(RunPlaces& places, std::string principal, std::string tenant)
    : places_(&places), principal_(std::move(principal)), tenant_(std::move(tenant)) {
  ++places_->of_principal_[principal_];
  ++places_->of_tenant_[tenant_];
  ++places_->all_;
}

RunPlaces::Place::Place(Place&& other) noexcept
    : places_(std::exchange(other.places_, nullptr)),
      principal_(std::move(other.principal_)),
      tenant_(std::move(other.tenant_)) {}

RunPlaces::Place::~Place() {
  if (places_ == nullptr) return;
  give_back(places_->of_principal_, principal_);
  give_back(places_->of_tenant_, tenant_);
  --places_->all_;
}

std::optional<RunPlaces::Place> RunPlaces::take(const std::string& principal,
                                                const std::string& tenant,
                                                const policy::RateLimits& limits) {
  if (all_ >= kMost || count_of(of_principal_, principal) >= limits.runs_per_principal ||
      count_of(of_tenant_, tenant) >= limits.runs_per_tenant) {
    return std::nullopt;
  }
  return std::optional<Place>(std::in_place, *this, principal, tenant);
}

}  // namespace srasta::tools
