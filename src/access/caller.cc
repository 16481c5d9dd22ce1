#include "access/caller.h"

#include <utility>

namespace srasta::access {

Caller::Caller(std::shared_ptr<const Claimed> claimed, Standing standing)
    : claimed_(std::move(claimed)), standing_(std::move(standing)) {}

}  // namespace srasta::access
