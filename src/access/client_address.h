#pragma once

#include "config/address.h"

#include <span>
#include <string_view>

namespace srasta::access {

/// Whose address counts for limits and logs. A peer that is not in `trusted` speaks for itself,
/// whatever it claims. A trusted one is a proxy: the address is then the last element of
/// X-Forwarded-For (`forwarded`: every value of the field, in order) that is not itself trusted, as
/// each proxy appends the peer that it saw. An element that is no address ends the search at the
/// proxy behind it. A port behind an address is left out. The result is a view into the arguments.
[[nodiscard]] std::string_view client_address(std::string_view peer,
                                              std::span<const std::string_view> forwarded,
                                              std::span<const config::AddressBlock> trusted);

}  // namespace srasta::access
