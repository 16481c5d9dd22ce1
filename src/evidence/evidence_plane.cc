#include "evidence/evidence_plane.h"

#include "evidence/evidence_core.h"
#include "evidence/routes.h"

namespace srasta::evidence {

std::span<const service::RouteSpec* const> EvidencePlane::routes() const {
  return all_routes();
}

std::unique_ptr<service::CorePlane> EvidencePlane::open_core(const service::PlaneCore& core) {
  archive_.set_own(core.ledger);
  return std::make_unique<EvidenceCore>(core, archive_, listeners_);
}

}  // namespace srasta::evidence
