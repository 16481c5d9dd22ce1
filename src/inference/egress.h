#pragma once

#include "base/result.h"
#include "http/url.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::inference {

/// Somebody answers for what is sent to a server outside the perimeter. Made by `srasta models
/// acknowledge-egress`, one file for each server, and void for any other destination.
struct EgressAcknowledgement {
  std::string upstream;
  std::string destination;  ///< `destination_of` its URL
  std::string actor;
  std::string time;    ///< RFC 3339, UTC
  std::string stream;  ///< of the record that says so
  uint64_t seq = 0;    ///< its number

  static constexpr size_t kLongest = 4096;  ///< of `json`

  /// Whether it is about this server where it is now.
  [[nodiscard]] bool covers(std::string_view name, const http::Url& url) const;
  [[nodiscard]] std::string json() const;
  /// Code::Corrupt for anything else than what `json` writes.
  [[nodiscard]] static base::Result<EgressAcknowledgement> parse(std::string_view text);
};

/// Where a server is, as records can name it: "https://api.example.org:443", without brackets
/// around an IPv6 address.
[[nodiscard]] std::string destination_of(const http::Url& url);

/// The file in the data folder for the server of that name.
[[nodiscard]] std::string acknowledgement_path(std::string_view data_folder,
                                               std::string_view upstream);

}  // namespace srasta::inference
