// Any body in either encoding, and any text sealed under a good ticket, through the whole
// service: each is answered in its form, or reaches the owner with the caller that the ticket
// names and nobody else.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/binding/ticket_seal.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/support/front_end.h"

using mesh::binding::AppendWireEnvelope;
using mesh::binding::BindingOctets;
using mesh::binding::Encoding;
using mesh::binding::MediaType;
using mesh::binding::Mode;
using mesh::binding::ParseWireEnvelope;
using mesh::binding::SealRequest;
using mesh::binding::WireHeader;
using mesh::binding::WriteWireHeader;
using mesh::frontend::FrontEnd;
using mesh::frontend::ServiceWorld;

namespace {

constexpr char kAccount[] = "alice@example.com";

struct World : ServiceWorld {
  World() {
    options.account_rate = options.exchange_rate = 0;
    mesh::proto::Ticket content;
    content.set_mode(mesh::proto::Caller::PROFILE);
    content.set_account(kAccount);
    content.set_expires(clock.WallNow() + 1000);
    content.set_master_key(master_key);
    header.mode = Mode::kTicket;
    header.ticket = mesh::frontend::SealTicket(*keyring.current(), service_udf, content,
                                               mesh::crypto::SystemRandom());
    header.salt = std::string(mesh::binding::kSaltBytes, 's');
  }

  std::string Seal(Encoding encoding, std::string_view text) const {
    const std::string octets = WriteWireHeader(encoding, header);
    std::string body;
    AppendWireEnvelope(
        encoding, octets,
        SealRequest(master_key, header.salt,
                    BindingOctets(Mode::kTicket, service_udf, encoding, octets), text),
        body);
    return body;
  }

  std::string master_key = std::string(mesh::binding::kMasterKeyBytes, 'm');
  WireHeader header;
};

void Check(World& world, const FrontEnd& front, Encoding encoding, bool sealed) {
  for (const auto& call : world.back_end.calls) {
    MESH_CHECK(sealed && call.request->caller().mode() == mesh::proto::Caller::PROFILE);
    MESH_CHECK(call.request->caller().account() == kAccount);
  }
  world.back_end.calls.clear();
  if (!front.reply() || front.reply()->body.starts_with('{')) return;
  const auto reply = ParseWireEnvelope(encoding, front.reply()->body);
  MESH_CHECK(reply.ok());
  if (!sealed) MESH_CHECK(reply->header.mode == Mode::kNull);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  const Encoding encoding = data[0] % 2 == 0 ? Encoding::kJson : Encoding::kJsonB;
  const bool sealed = data[0] % 4 >= 2;
  const std::string octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  FrontEnd front(world);
  front.Send(sealed ? world.Seal(encoding, octets) : octets, MediaType(encoding));
  Check(world, front, encoding, sealed);
  return 0;
}
