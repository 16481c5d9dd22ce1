#pragma once

#include <string>
#include <string_view>

namespace srasta::audit {

/// `README.txt` of an evidence bundle: what it is and how to check it, for somebody who knows
/// neither the product nor the log.
[[nodiscard]] std::string bundle_readme(std::string_view stream);

}  // namespace srasta::audit
