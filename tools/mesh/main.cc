// `mesh`: what a user's device does. Run `mesh --help`.

#include <unistd.h>

#include <iostream>

#include "tools/mesh/run.h"

int main(int argc, char** argv) {
  return mesh::tool::RunMesh(argc, argv, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1);
}
