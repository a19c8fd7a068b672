// Messages on the command line: what is said of one that came, how one is named, and sending.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/client/mail.h"
#include "common/mesh/message.h"
#include "tools/mesh/context.h"

namespace mesh::tool {

std::string_view StateWord(client::Mail::State state);
// Who is proved to have signed it, `name` being what that is called.
std::string SignerText(const client::Mail& mail, const std::string& name);
// How a message came, in a few words, and what it says, in a line.
std::string ProofText(const client::Mail& mail);
std::string TextOf(const client::Mail& mail);
// The same for programs.
void WriteMail(const client::Mail& mail, json::Writer& writer);

// The message of the inbox whose name begins so, of the classes that are wanted; none: of any.
// kInvalidArgument if there is not one; kFailedPrecondition or kDataLoss, saying why, if it
// cannot be read.
Result<client::Mail> FindMail(Context& context, const std::string& id,
                              const std::vector<std::string_view>& classes);

Letter LetterOf(std::string_view type, const std::string& text);
// Sends it and says so.
Status SendLetter(Context& context, Letter letter, const std::vector<std::string>& recipients);

}  // namespace mesh::tool
