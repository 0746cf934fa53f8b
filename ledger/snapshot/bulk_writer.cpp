#include "ledger/snapshot/bulk_writer.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>

namespace cityid {
namespace {

constexpr std::size_t kRowsInTransaction = 50'000;

/// A bounded queue of the nodes of a new map, from the thread that hashes to the thread that
/// writes.
class NodeQueue : public MapSink {
 public:
  /// Many nodes: the sizes of edge and node, and the bytes of all.
  struct Nodes {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;
    Bytes bytes;
  };

  /// All of the tree is built at once, so nothing is read back.
  Result<std::optional<ByteView>> Node(ByteView) const override {
    return std::optional<ByteView>();
  }
  Result<void> PutNode(ByteView edge, ByteView node) override {
    open_.sizes.emplace_back(edge.size(), node.size());
    Append(open_.bytes, edge);
    Append(open_.bytes, node);
    if (open_.sizes.size() == kNodes) Push();
    return {};
  }
  /// Says that no more nodes will come.
  void Finish() {
    Push();
    const std::scoped_lock lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  /// Says that nobody takes nodes any more, so that putting doesn't wait.
  void Abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }
  /// Waits for the next nodes and returns them; nothing at the end.
  std::optional<Nodes> Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    Nodes nodes = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return nodes;
  }

 private:
  static constexpr std::size_t kNodes = 4096;
  static constexpr std::size_t kWaiting = 16;
  void Push() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ || waiting_.size() < kWaiting; });
    waiting_.push_back(std::exchange(open_, {}));
    changed_.notify_all();
  }

  Nodes open_;  // only for the thread that hashes
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Nodes> waiting_;
  bool finished_ = false;
  bool abandoned_ = false;
};

}  // namespace

Result<WriteTransaction*> BulkWriter::Begin() {
  if (!transaction_) {
    auto begun = db_.Write();
    if (!begun) return begun.error();
    transaction_.emplace(*std::move(begun));
  }
  return &*transaction_;
}

Result<void> BulkWriter::CountRow() {
  if (stop_.stop_requested()) return Error{Errc::kStopped, "stopped; nothing was restored"};
  if (++rows_ % kRowsInTransaction != 0) return {};
  return Flush();
}

Result<void> BulkWriter::Put(Table table, ByteView key, ByteView value) {
  const auto transaction = Begin();
  if (!transaction) return transaction.error();
  if (const auto put = (*transaction)->Put(table, key, value); !put) return put;
  return CountRow();
}

Result<void> BulkWriter::Append(Table table, ByteView key, ByteView value) {
  const auto transaction = Begin();
  if (!transaction) return transaction.error();
  if (const auto put = (*transaction)->Append(table, key, value); !put) return put;
  return CountRow();
}

Result<void> BulkWriter::Flush() {
  if (!transaction_) return {};
  auto transaction = std::move(*transaction_);
  transaction_.reset();
  return std::move(transaction).Commit();
}

Result<MapHash> BuildMap(BulkWriter& writer, std::vector<MapChange> leaves) {
  NodeQueue queue;
  auto root = std::async(std::launch::async, [&] {
    const std::shared_ptr<NodeQueue> finish(&queue, [](NodeQueue* nodes) { nodes->Finish(); });
    return UpdateMap(queue, EmptyMap(), std::move(leaves));
  });
  const std::shared_ptr<NodeQueue> abandon(&queue, [](NodeQueue* nodes) { nodes->Abandon(); });
  Result<void> written;
  while (const auto nodes = queue.Take()) {
    ByteView rest(nodes->bytes);
    for (const auto& [edge, node] : nodes->sizes) {
      // After an error the queue is still emptied, so that the other thread ends.
      if (written) written = writer.Put(Table::kMap, rest.first(edge), rest.subspan(edge, node));
      rest = rest.subspan(edge + node);
    }
  }
  auto made = root.get();
  if (!written) return written.error();
  return made;
}

}  // namespace cityid
