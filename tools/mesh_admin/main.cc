// `mesh-admin`: what the operator of a service asks its back ends. Run `mesh-admin --help`.

#include <stdlib.h>

#include <iostream>

#include "tools/mesh_admin/run.h"

int main(int argc, char** argv) {
  // What fails is in what each call says; gRPC's own lines beside ours would be for nobody. Who
  // wants them sets the variable.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  return mesh::admin::RunMeshAdmin(argc, argv, std::cout, std::cerr);
}
