#include "common/mesh/entry_description.h"

#include <utility>

#include "common/mesh/contact.h"
#include "common/mesh/container_name.h"
#include "common/mesh/device_entry.h"
#include "common/mesh/message.h"
#include "common/mesh/publication.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

void DescribePublication(proto::Envelope* entry) {
  if (entry->event() != proto::EVENT_NEW && entry->event() != proto::EVENT_UPDATE) return;
  Result<CatalogedPublication> read = ParseCatalogedPublication(entry->payload());
  if (!read.ok() || read->id != entry->unique_id()) return;
  proto::Publication* publication = entry->mutable_publication();
  publication->set_authenticator(std::move(read->authenticator));
  if (read->not_on_or_after) publication->set_not_on_or_after(*read->not_on_or_after);
}

// Whom an administrator's answer connects.
void DescribeResponse(proto::Envelope* entry) {
  if (entry->message_type() != kRespondConnection) return;
  Result<RespondConnection> read = ParseRespondConnection(entry->payload());
  if (!read.ok() || !read->device) return;
  entry->set_profile_device_udf(std::move(read->device->device_udf));
}

// Whom a contact is reached at.
void DescribeContact(proto::Envelope* entry) {
  if (entry->event() != proto::EVENT_NEW && entry->event() != proto::EVENT_UPDATE) return;
  for (std::string& address : ContactAddresses(entry->payload())) {
    entry->add_contact_addresses(std::move(address));
  }
}

}  // namespace

bool DescribeEntry(DecodeContext& context, std::string_view container, proto::Envelope* entry) {
  if (container == kDeviceCatalog) return DescribeDevice(context, entry);
  if (entry->redacted()) return true;
  if (container == kPublicationCatalog) DescribePublication(entry);
  if (container == kLocal) DescribeResponse(entry);
  if (container == kContactCatalog) DescribeContact(entry);
  return true;
}

}  // namespace mesh
