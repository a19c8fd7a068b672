// Names of containers as clients of July 2020 write them (draft -06 §7; the
// label constants of the reference client).

#pragma once

#include <string_view>

#include "common/base/status.h"

namespace mesh {

inline constexpr std::string_view kInbound = "mmm_Inbound";
inline constexpr std::string_view kOutbound = "mmm_Outbound";
inline constexpr std::string_view kLocal = "mmm_Local";
inline constexpr std::string_view kArchive = "mmm_Archive";
inline constexpr std::string_view kDeviceCatalog = "mmm_Device";
inline constexpr std::string_view kPublicationCatalog = "mmm_Publication";
inline constexpr std::string_view kCapabilityCatalog = "mmm_Capability";
inline constexpr std::string_view kContactCatalog = "mmm_Contact";

// OK for 1 to kContainerNameBytesMax letters, digits, '_' and '-', the first a
// letter. A name is never a path. kInvalidArgument says what is allowed.
Status CheckContainerName(std::string_view name);

// Whether `name` is a spool: messages, no catalog events. Everything else is a
// catalog.
bool IsSpool(std::string_view name);

}  // namespace mesh
