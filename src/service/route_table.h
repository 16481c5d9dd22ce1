#pragma once

#include "access/caller.h"
#include "net/task.h"
#include "service/request.h"
#include "service/route.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::service {

/// Serves a request whose caller is verified and permitted.
using Handler = std::function<net::Task<void>(Request&, const access::Caller&)>;
/// Serves a request of anybody.
using PublicHandler = std::function<net::Task<void>(Request&)>;

/// A route with what serves it.
struct BoundRoute {
  const RouteSpec* spec = nullptr;
  Handler handler;               ///< set when the route is for verified callers
  PublicHandler public_handler;  ///< set when it is public
};

/// Paths to routes. Built once; read by all.
class RouteTable {
 public:
  /// A route for verified callers; aborts if `spec` is public: a mistake of this program.
  void add(const RouteSpec& spec, Handler handler);
  /// A public route; aborts if `spec` is not.
  void add_public(const RouteSpec& spec, PublicHandler handler);

  struct Match {
    const BoundRoute* route = nullptr;  ///< null when nothing matches
    std::string_view parameter;
    bool path_exists = false;  ///< the path is known, but not with this method
    std::string allow;         ///< for the Allow field when `path_exists`
  };
  /// `path` is canonical and decoded. HEAD is served by GET routes.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

  [[nodiscard]] const std::vector<BoundRoute>& routes() const { return routes_; }

 private:
  std::vector<BoundRoute> routes_;
};

}  // namespace srasta::service
