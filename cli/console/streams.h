// Files as commands name them: "-" is standard input where a file is read, and standard output
// where one is written.
#pragma once

#include <filesystem>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// Reads a file, or standard input to its end. Errors: those of `ReadFile`.
Result<Bytes> ReadInput(const std::string& file, std::size_t limit);

/// Writes a file as `WriteFile` does, or to standard output. Errors: those of `WriteFile`.
Result<void> WriteOutput(const std::string& file, ByteView content);

/// Returns true if there is a file or directory of this name, as far as that can be known.
bool Exists(const std::filesystem::path& path);

/// Checks that the file of -o can be written, as far as that is known before. Errors: kIo; those of
/// `SystemError`.
Result<void> CheckOutput(const std::string& output);

/// Checks that `output` isn't the file `input` under whatever name. `option`: what the output was
/// given with. Errors: kUsage.
Result<void> CheckOtherFile(const std::string& option, const std::string& output,
                            const std::string& input);

/// Says a line on standard error, as it is.
void Say(const std::string& line);

/// Says "wrote FILE" on standard error, if it was a file.
void SayWritten(const std::string& file);

/// Says an error on standard error, in one line. Returns its exit status.
int SayError(const Error& error);

}  // namespace cityid::cli
