// The keys and profiles by which clients know the service: made once, kept in files,
// the same after every restart. Clients embed ProfileService in their own profiles
// and pin its UDF, so losing these files changes who the service is.

#pragma once

#include <string>

#include "common/base/status.h"
#include "common/crypto/random.h"

namespace mesh::frontend {

// What Hello shows: JSON texts of the signed envelopes.
struct ServiceProfiles {
  std::string enveloped_profile_service;
  std::string enveloped_profile_host;
  std::string service_udf;
};

// Reads the keys in `folder`, making the folder (mode 0700) and those that are not
// there (mode 0600), and signs the profiles. Several processes may do so at once:
// all end with the same keys. Blocks on the disk.
//   kUnavailable        the folder or a file cannot be read or written
//   kPermissionDenied   others may read a key file
//   kDataLoss           a key file does not hold a key
Result<ServiceProfiles> LoadServiceProfiles(const std::string& folder,
                                            crypto::RandomSource& random);

}  // namespace mesh::frontend
