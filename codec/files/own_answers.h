// The other side of a conversation (own_conversation.h): what a small program of ours does that is
// asked on its standard input and answers on its standard output.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <span>

#include "codec/bytes.h"

namespace cityid {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // as GCC says it
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)  // as clang does
inline constexpr bool kSanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
/// True under sanitizers, which take terabytes of addresses and other system calls.
inline constexpr bool kSanitized = false;
#endif

/// The exit status of a program whose input is cut or too long, and of one that can do no more.
inline constexpr int kBadInput = 2;
inline constexpr int kFailed = 3;

/// Runs a program: `serve` returns its exit status. Says what went wrong on standard error. `use`
/// follows the name if a person starts it: "draws for cityid". Returns the exit status.
int RunOwnProgram(int argc, const char* name, const char* use, const std::function<int()>& serve);

/// Answers frames of at most `most` bytes, one after the other, until the input ends. Returns the
/// exit status.
int AnswerFrames(std::size_t most, const std::function<Bytes(ByteView)>& answer);

/// Sends a message in a frame. Returns false if nobody listens.
bool SendFrame(ByteView message);

/// Reads until `into` is full. Returns how much was read before the input's end.
std::size_t ReadFully(std::span<std::uint8_t> into);

/// Writes bytes. Returns false if nobody listens.
bool WriteFully(ByteView bytes);

/// Limits a resource of this process for good. Returns false if the system refuses.
bool LimitResource(__rlimit_resource resource, rlim_t most);

}  // namespace cityid
