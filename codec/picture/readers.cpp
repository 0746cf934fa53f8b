#include "codec/picture/readers.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "codec/picture/file_kind.h"
#include "codec/picture/frames.h"
#include "codec/picture/reader_process.h"

namespace cityid {
namespace {

Error ErrorOf(PictureFailure failure, ByteView file) {
  const FileKind kind = KindOfFile(file);
  switch (failure) {
    case PictureFailure::kTooLarge:
      return Error{Errc::kTooLarge,
                   "the picture has too many pixels; make it smaller, or cut the code out of it"};
    case PictureFailure::kDamaged:
      return Error{Errc::kMalformed,
                   "the " + std::string(Name(kind)) + " file is damaged or cut off"};
    case PictureFailure::kUnsupported:
      break;
  }
  return UnsupportedFile(kind);
}

}  // namespace

struct PictureReaders::State {
  struct Slot {
    std::optional<ReaderProcess> waiting;
    bool used = false;
  };
  std::string program;
  std::chrono::milliseconds time;
  std::vector<Slot> slots;  // never resized; a slot that is used belongs to its `Reader`
  std::mutex mutex;         // of every `used`
};

PictureReaders::PictureReaders(std::unique_ptr<State> state) : state_(std::move(state)) {}
PictureReaders::~PictureReaders() = default;

Result<std::unique_ptr<PictureReaders>> PictureReaders::Start(const std::string& program, int count,
                                                              std::chrono::milliseconds time) {
  auto state = std::make_unique<State>();
  state->program = program;
  state->time = time;
  state->slots = std::vector<State::Slot>(static_cast<std::size_t>(count));
  for (State::Slot& slot : state->slots) {
    auto process = ReaderProcess::Start(program);
    if (!process) return process.error();
    slot.waiting.emplace(*std::move(process));
  }
  return std::unique_ptr<PictureReaders>(new PictureReaders(std::move(state)));
}

std::optional<PictureReaders::Reader> PictureReaders::TryAcquire() {
  const std::lock_guard lock(state_->mutex);
  for (std::size_t slot = 0; slot < state_->slots.size(); ++slot) {
    if (!std::exchange(state_->slots[slot].used, true)) return Reader(this, slot);
  }
  return std::nullopt;
}

bool PictureReaders::HasFree() const {
  const std::lock_guard lock(state_->mutex);
  return !std::ranges::all_of(state_->slots, &State::Slot::used);
}

PictureReaders::Reader::Reader(Reader&& other) noexcept
    : readers_(std::exchange(other.readers_, nullptr)), slot_(other.slot_) {}

PictureReaders::Reader::~Reader() {
  if (readers_ == nullptr) return;
  const std::lock_guard lock(readers_->state_->mutex);
  readers_->state_->slots[slot_].used = false;
}

int PictureReaders::Reader::process() const {
  const auto& waiting = readers_->state_->slots[slot_].waiting;
  return waiting ? waiting->id() : 0;
}

Result<PictureResult> PictureReaders::Reader::Read(ByteView file,
                                                   const std::vector<std::string>& hosts) {
  State& state = *readers_->state_;
  auto& waiting = state.slots[slot_].waiting;
  if (file.size() > kMaxPictureFile)
    return Error{Errc::kTooLarge, "the file is larger than a picture that is read, 64 MiB"};
  if (!IsPicture(KindOfFile(file))) return UnsupportedFile(KindOfFile(file));
  const auto start = std::chrono::steady_clock::now();
  PictureAnswer answer;
  PictureRequest request{false, hosts};
  auto end = ReaderProcess::End::kDied;
  if (waiting && !waiting->IsAlive()) waiting.reset();
  for (int attempt = 0; attempt < 2 && end == ReaderProcess::End::kDied; ++attempt) {
    if (!waiting) {
      auto process = ReaderProcess::Start(state.program);
      // What the first one said before it broke down is not lost for that.
      if (!process && attempt > 0) break;
      if (!process) return process.error();
      waiting.emplace(*std::move(process));
    }
    answer.Restart();
    end = waiting->Ask(request, file, start, state.time, answer);
    waiting.reset();
    request.only_zxing = true;
  }
  // The next picture doesn't wait for it to start. If it can't be started now, it is tried again.
  if (auto next = ReaderProcess::Start(state.program)) waiting.emplace(*std::move(next));
  PictureResult result = std::move(answer.result());
  if (answer.failure() && result.symbols.empty()) return ErrorOf(*answer.failure(), file);
  // Memory may end after something was found.
  if (answer.failure()) end = ReaderProcess::End::kDied;
  if (end == ReaderProcess::End::kTooLong) result.troubles.push_back(PictureTrouble::kTooLong);
  if (end == ReaderProcess::End::kDied) result.troubles.push_back(PictureTrouble::kReaderDied);
  return result;
}

}  // namespace cityid
