#include "cli/console/streams.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/console/command_line.h"
#include "cli/console/exit_status.h"
#include "cli/console/terminal.h"
#include "codec/files/file.h"

namespace cityid::cli {

Result<Bytes> ReadInput(const std::string& file, std::size_t limit) {
  if (file != "-") return ReadFile(file, limit);
  Bytes content;
  std::size_t used = 0;
  do {
    // Not all at once: most of what comes is far below its limit.
    content.resize(std::min(limit + 1, std::max(std::size_t{1} << 16, 2 * used)));
    used += std::fread(content.data() + used, 1, content.size() - used, stdin);
  } while (used == content.size() && used <= limit);
  content.resize(used);
  if (std::ferror(stdin) != 0) return Error{Errc::kIo, "cannot read standard input"};
  if (content.size() > limit) {
    return Error{Errc::kTooLarge,
                 "standard input is larger than " + std::to_string(limit) + " bytes"};
  }
  return content;
}

namespace {

bool PutAll(std::FILE* out, ByteView content) {
  return std::fwrite(content.data(), 1, content.size(), out) == content.size() &&
         std::fflush(out) == 0;
}

/// Writes to a device or a pipe, as a shell does.
Result<void> WriteThrough(const std::string& file, ByteView content) {
  std::FILE* out = std::fopen(file.c_str(), "we");
  if (out == nullptr) return SystemError("write", file);
  const bool all = PutAll(out, content);
  const Error error = SystemError("write", file);
  std::fclose(out);
  if (all) return {};
  return error;
}

/// Writes a file: where a link leads, and never in the place of a device or a pipe.
Result<void> WriteNamed(const std::string& file, ByteView content) {
  std::error_code ignored;
  const auto there = std::filesystem::status(file, ignored);
  if (!std::filesystem::exists(there)) return WriteFile(file, content);
  if (!std::filesystem::is_regular_file(there)) return WriteThrough(file, content);
  const std::filesystem::path leads = std::filesystem::canonical(file, ignored);
  return WriteFile(ignored ? std::filesystem::path(file) : leads, content);
}

}  // namespace

Result<void> WriteOutput(const std::string& file, ByteView content) {
  if (file != "-") return WriteNamed(file, content);
  if (PutAll(stdout, content)) return {};
  return Error{Errc::kIo, "cannot write the output"};
}

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Result<void> CheckOutput(const std::string& output) {
  if (output == "-") return {};
  const std::filesystem::path file(output);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return Error{Errc::kIo, "-o: there is no directory " + folder.string()};
  if (std::filesystem::is_directory(file, ignored))
    return Error{Errc::kIo, "-o: " + output + " is a directory"};
  if (::access(folder.c_str(), W_OK) != 0) return SystemError("write into", folder).In("-o");
  return {};
}

Result<void> CheckOtherFile(const std::string& option, const std::string& output,
                            const std::string& input) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(output, input, ignored)) return {};
  return Usage(option + " would write over " + input + "; choose another file");
}

void Say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void SayWritten(const std::string& file) {
  if (file != "-") Say("wrote " + file);
}

int SayError(const Error& error) {
  Say("cityid: " + Printable(error.detail));
  return ExitStatus(error.code);
}

}  // namespace cityid::cli
