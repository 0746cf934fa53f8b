// The client of `cityid-pdf` (stamp.h), which knows PDF.
#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "codec/files/own_conversation.h"
#include "codec/stamp/stamp.h"

namespace cityid {

/// A PDF that is open in a process of `cityid-pdf`, which ends with this. Not thread-safe; several
/// may be open side by side. The process has a copy of the file, and nothing is written anywhere.
class PdfStamper {
 public:
  /// How long each of the calls below may take. A PDF can ask for any amount of work.
  static constexpr std::chrono::seconds kDeadline{120};

  /// Starts the program, the one beside the running program or the installed one, and gives it the
  /// file, which need not outlive the call. Errors: kNotFound if there is no such program; kRefused
  /// for a PDF that can't be sealed (encrypted, XFA), with a line that says what to do; kMalformed
  /// for what is no PDF, or a damaged one; kTooLarge for more than `kMaxPdf`, or what takes too
  /// much memory; kIo if the program ended or took too long.
  static Result<PdfStamper> Open(ByteView file, std::chrono::milliseconds deadline = kDeadline);
  /// The same with a program of that path.
  static Result<PdfStamper> Open(const std::filesystem::path& program, ByteView file,
                                 std::chrono::milliseconds deadline = kDeadline);

  /// Looks at a page, from 1; -1 is the last one. Errors: kUsage for a page that isn't there;
  /// kRefused and kMalformed for a page that can't be stamped; kIo, after which every call fails.
  Result<PdfLook> Look(int page, std::chrono::milliseconds deadline = kDeadline);

  /// Makes a stamp; the same file and question give the same bytes. It doesn't mind what `Look`
  /// says of concerns. Errors: kUsage also for a stamp that isn't within the page; else as `Look`.
  Result<Stamp> MakeStamp(const StampAsked& stamp, std::chrono::milliseconds deadline = kDeadline);

  /// Returns the process, for tests.
  pid_t process() const { return program_.process(); }

 private:
  explicit PdfStamper(OwnConversation program) : program_(std::move(program)) {}
  OwnConversation program_;
};

}  // namespace cityid
