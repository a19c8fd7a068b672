#include "frontend/service/inbound_post.h"

#include <utility>

#include "common/base/limits.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

std::string_view DomainOf(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

// The name in a description, without what follows it for people.
std::string_view NameIn(std::string_view description) {
  return description.substr(0, description.find(':'));
}

// The reply of an owner that has looked at no message: its refusal, or that it could not.
std::string_view ErrorOf(const proto::PartitionReply& reply) {
  const int status = reply.mesh_status();
  const bool lasting = reply.code() == 0 && status >= 400 && status < 500 && status != 401;
  return lasting ? NameIn(reply.mesh_status_description()) : kBusy.description;
}

// Whether owners together would be sent more than for a Post of our own. Each gets all messages, so
// a request could stand for as many times its octets as it names accounts.
bool TooMuch(const proto::PostRequest& post) {
  const auto accounts = static_cast<size_t>(post.accounts_size());
  size_t bytes = 0;
  for (const proto::Envelope& message : post.messages()) bytes += message.payload().size();
  return accounts * static_cast<size_t>(post.messages_size()) > kPostDeliveriesMax ||
         accounts * bytes > kPostBytesMax;
}

}  // namespace

bool PassingError(std::string_view error) {
  return error == kBusy.description || error == kQuota.description;
}

InboundPost::InboundPost(std::unique_ptr<proto::PartitionRequest> request)
    : request_(std::move(request)),
      errors_(static_cast<size_t>(request_->post().messages_size())) {}

InboundPost::~InboundPost() = default;

InboundPostFault InboundPost::Check(
    const std::function<bool(std::string_view account)>& served) const {
  const proto::PostRequest& post = request_->post();
  if (post.accounts_size() == 0 || post.messages_size() == 0 || post.self_size() > 0) {
    return {kMalformed, "a service posts messages to accounts: Accounts, Message, no Self"};
  }
  if (TooMuch(post)) return {kRequestSize, "the messages times Accounts are more than a Post's"};
  for (const std::string& account : post.accounts()) {
    if (!served(account)) return {kUnknownAccount, "an account's domain is not served here"};
  }
  const std::string& sender = post.messages(0).sender();
  for (const proto::Envelope& message : post.messages()) {
    if (message.redacted()) return {kMalformed, "a service posts messages with their payloads"};
    if (message.sender().empty() || DomainOf(message.sender()) != request_->caller().domain()) {
      return {kInsufficientPrivilege, "Sender: not of the domain that the service speaks for"};
    }
    if (message.sender() != sender) return {kMalformed, "a service posts messages of one sender"};
  }
  return {};
}

size_t InboundPost::recipients() const {
  return static_cast<size_t>(request_->post().accounts_size());
}

std::unique_ptr<proto::PartitionRequest> InboundPost::DeliverTo(size_t recipient) const {
  const proto::PostRequest& post = request_->post();
  auto request = std::make_unique<proto::PartitionRequest>();
  request->set_account(post.accounts(static_cast<int>(recipient)));
  *request->mutable_caller() = request_->caller();
  request->set_traceparent(request_->traceparent());
  proto::DeliverRequest* deliver = request->mutable_deliver();
  *deliver->mutable_messages() = post.messages();
  deliver->set_sender(post.messages(0).sender());
  deliver->set_domain(request_->caller().domain());
  return request;
}

bool InboundPost::Take(const proto::PartitionReply& reply) {
  const proto::DeliverResponse& response = reply.deliver();
  if (reply.code() != 0 || static_cast<size_t>(response.deliveries_size()) != errors_.size()) {
    RefuseAll(ErrorOf(reply));
  } else {
    for (size_t i = 0; i < errors_.size(); ++i) {
      const proto::Delivery& delivery = response.deliveries(static_cast<int>(i));
      if (delivery.result() == proto::RESULT_ACCEPT) continue;
      const bool passing = !delivery.again() || PassingError(delivery.error());
      Refuse(i, passing ? std::string_view(delivery.error()) : kBusy.description);
    }
  }
  return ++taken_ == recipients();
}

void InboundPost::RefuseAll(std::string_view error) {
  for (size_t i = 0; i < errors_.size(); ++i) Refuse(i, error);
}

void InboundPost::Refuse(size_t message, std::string_view error) {
  std::string& known = errors_[message];
  if (known.empty() || (PassingError(error) && !PassingError(known))) known = error;
}

proto::PartitionReply InboundPost::Reply() const {
  proto::PartitionReply reply;
  for (size_t i = 0; i < errors_.size(); ++i) {
    proto::EntryResponse* entry = reply.mutable_post()->add_entries();
    entry->set_index_request(static_cast<int64_t>(i));
    if (errors_[i].empty()) continue;
    entry->set_result(proto::RESULT_REJECT);
    entry->set_error(errors_[i]);
  }
  return reply;
}

}  // namespace mesh::frontend
