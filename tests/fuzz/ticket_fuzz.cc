// Any octets as a ticket: none opens that was not sealed. Any content of one: what is sealed is
// read again, whatever the limits of its names are.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"

using mesh::frontend::OpenTicket;
using mesh::frontend::SealTicket;
using mesh::frontend::TicketKeyring;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto keyring = TicketKeyring::FromKeys({std::string(TicketKeyring::kKeyBytes, 'k')});
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  MESH_CHECK(!OpenTicket(*keyring, "service", octets).ok());
  // With the right key's name in front.
  std::string named = "\x01" + keyring->sealing().id;
  named += octets;
  MESH_CHECK(!OpenTicket(*keyring, "service", named).ok());
  mesh::proto::Ticket ticket;
  if (!ticket.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto opened = OpenTicket(
      *keyring, "service", SealTicket(*keyring, "service", ticket, mesh::crypto::SystemRandom()));
  MESH_CHECK(opened.ok());
  MESH_CHECK((*opened)->get().SerializeAsString() == ticket.SerializeAsString());
  return 0;
}
