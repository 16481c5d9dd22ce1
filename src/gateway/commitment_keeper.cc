#include "gateway/commitment_keeper.h"

namespace srasta::gateway {

void CommitmentKeeper::ask(std::string tenant, std::string id, Deliver deliver) {
  blocking_.submit(
      [this, tenant = std::move(tenant), id = std::move(id), deliver = std::move(deliver)] {
        auto made = store_->find_or_make({.tenant = tenant, .id = id});
        if (!made) {
          log_.error("no key for the commitment of a caller, who is refused",
                     {{"reason", std::string_view(made.error().message)}});
        }
        deliver(std::move(made));
      });
}

}  // namespace srasta::gateway
