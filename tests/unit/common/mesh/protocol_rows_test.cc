// docs/PROTOCOL.md has one row for each member that the codec reads or writes, and
// says of all others that they are not implemented.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "common/mesh/transaction_codec.h"

namespace mesh {
namespace {

// "| `StatusRequest` | `Account` | read | ..." gives StatusRequest.Account and read.
using Rows = std::map<std::string, std::set<std::string>>;

std::string Cell(const std::string& line, size_t number) {
  size_t begin = 0;
  for (size_t i = 0; i < number; ++i) begin = line.find('|', begin) + 1;
  std::string cell = line.substr(begin, line.find('|', begin) - begin);
  std::erase_if(cell, [](char c) { return c == ' ' || c == '`'; });
  return cell;
}

Rows Documented() {
  const char* source = std::getenv("MESH_SOURCE");
  std::ifstream file(std::string(source ? source : ".") + "/docs/PROTOCOL.md");
  Rows rows;
  bool fields = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) fields = line == "## Fields";
    if (!fields || !line.starts_with("| `")) continue;
    std::string member = Cell(line, 1);
    member += "." + Cell(line, 2);
    const std::string use = Cell(line, 3);
    if (use == "both") {
      rows[member] = {"read", "written"};
    } else {
      rows[member].insert(use);
    }
  }
  return rows;
}

Rows Coded() {
  Rows rows;
  for (const MemberRow& row : MemberRows()) {
    rows[row.structure + "." + row.member].insert(row.request ? "read" : "written");
  }
  return rows;
}

TEST(ProtocolDocument, SaysWhatTheCodecDoes) {
  Rows documented = Documented();
  for (const auto& [member, uses] : Coded()) {
    EXPECT_EQ(documented[member], uses) << member;
    documented.erase(member);
  }
  for (const auto& [member, uses] : documented) {
    EXPECT_EQ(uses, std::set<std::string>{"no"}) << member << " is documented and not coded";
  }
}

TEST(ProtocolDocument, HasEveryMemberOfTheDraft) { EXPECT_EQ(Documented().size(), 95u); }

}  // namespace
}  // namespace mesh
