// The classes of Mesh messages, by which their envelopes are labelled (ContentMeta
// MessageType) and their payloads tagged (schema-06).

#pragma once

#include <string_view>

namespace mesh {

inline constexpr std::string_view kRequestConnection = "RequestConnection";
inline constexpr std::string_view kAcknowledgeConnection = "AcknowledgeConnection";
inline constexpr std::string_view kRespondConnection = "RespondConnection";
inline constexpr std::string_view kMessageClaim = "MessageClaim";
inline constexpr std::string_view kMessagePin = "MessagePIN";
inline constexpr std::string_view kMessageComplete = "MessageComplete";
inline constexpr std::string_view kMessageError = "MessageError";
inline constexpr std::string_view kRequestContact = "RequestContact";
inline constexpr std::string_view kReplyContact = "ReplyContact";
inline constexpr std::string_view kRequestTask = "RequestTask";
inline constexpr std::string_view kGroupInvitation = "GroupInvitation";
inline constexpr std::string_view kRequestConfirmation = "RequestConfirmation";
inline constexpr std::string_view kResponseConfirmation = "ResponseConfirmation";

}  // namespace mesh
