// `mesh-admin`: what the operator of a service asks its back ends. Run `mesh-admin --help`.

#include <iostream>

#include "tools/mesh_admin/run.h"

int main(int argc, char** argv) {
  return mesh::admin::RunMeshAdmin(argc, argv, std::cout, std::cerr);
}
