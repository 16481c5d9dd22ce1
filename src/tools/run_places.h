#pragma once

#include "policy/limits.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace srasta::tools {

/// How many commands run at once: of a principal, of a tenant, of all. Nobody waits for a place.
/// Of one loop.
class RunPlaces {
 public:
  static constexpr size_t kMost = 16;

  /// Given back when it ends. Outlived by the places.
  class Place {
   public:
    Place(RunPlaces& places, std::string principal, std::string tenant);
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    RunPlaces* places_;
    std::string principal_;
    std::string tenant_;
  };

  RunPlaces() = default;
  RunPlaces(const RunPlaces&) = delete;
  RunPlaces& operator=(const RunPlaces&) = delete;

  /// Nothing when there is none left.
  [[nodiscard]] std::optional<Place> take(const std::string& principal, const std::string& tenant,
                                          const policy::RateLimits& limits);

 private:
  std::map<std::string, int64_t> of_principal_;
  std::map<std::string, int64_t> of_tenant_;
  size_t all_ = 0;
};

}  // namespace srasta::tools
