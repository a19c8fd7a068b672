// Tells when a certificate ends that a program reads from a file, so that somebody can renew it in
// time: what a service says to itself stops with it as surely as what it says to clients.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/metrics.h"

namespace mesh {

inline constexpr std::string_view kCertificateEndMetric =
    "mesh_tls_certificate_end_timestamp_seconds";
inline constexpr std::string_view kCertificateEndHelp =
    "When the certificate for this use ends, the first of several, since 1970; 0 when its file "
    "cannot be read.";

// The end of the first certificate in a PEM file, in seconds since 1970; 0 when there is none, or
// it says no time. Blocks on the disk.
int64_t CertificateEnd(const std::string& path);

// Exports it of `path`, as it is when Prometheus asks: what the next connection will use. `use` is
// "hop" or "etcd"; nothing is exported for an empty path. Call once for each use.
void ExportCertificateEnd(std::string_view use, const std::string& path, Registry& registry);

}  // namespace mesh
