// An answer for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "cli/console/remote_json.h"
#include "resolver/answer/verdict.h"

namespace cityid::cli {

/// Returns a few aligned lines of an answer that is JSON as `AnswerJson` writes it, the verdict
/// first. The answer may come from a stranger: control characters are replaced.
std::string AnswerText(Verdict verdict, std::string_view json);

/// Returns the facts of a code (resolver/answer/fact.h), a line each. `code`: the object with its
/// members, as `AnswerJson` and `ClaimsJson` write them. `indent` is put before each line, `width`
/// is how many columns a name takes. `all`: also what only programs need.
std::string FactLines(const RemoteJson& code, std::string_view indent, std::size_t width, bool all);

/// Returns the names in an object of JSON, in one line that may be shown.
std::string NamesText(const RemoteJson& names);

}  // namespace cityid::cli
