#pragma once

#include "service/trace.h"

#include <span>
#include <string>

namespace srasta::telemetry {

/// Who sends: attributes `service.*` of the resource.
struct Resource {
  std::string service;
  std::string version;
  std::string instance;  ///< id of the installation
};

/// An ExportTraceServiceRequest in the JSON form of OTLP 1.x: ids in hexadecimal, numbers of 64
/// bits as text, enumerations as numbers.
[[nodiscard]] std::string otlp_json(const Resource& resource, std::span<const service::Span> spans);

}  // namespace srasta::telemetry
