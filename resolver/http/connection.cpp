#include "resolver/http/connection.h"

#include <algorithm>

namespace cityid {

void LoopContext::Add(Connection* connection) {
  connection->place = connections.size();
  connections.push_back(connection);
}

void LoopContext::Remove(Connection* connection) {
  connections.back()->place = connection->place;
  connections[connection->place] = connections.back();
  connections.pop_back();
}

bool LoopContext::Hold(Connection* connection, std::size_t bytes, std::size_t limit) {
  const auto change = [&](Connection* one, std::size_t now) {
    held_ += now - one->held;
    shared.held.fetch_add(now - one->held, std::memory_order_relaxed);
    if (one->held == 0) one->held_since = Connection::Clock::now();
    one->held = now;
  };
  change(connection, bytes);
  // A single holder is left alone: a large reply is no attack.
  while (bytes > 0 && held_ > limit / shared.loops && held_ != connection->held) {
    const auto slowest = std::ranges::min_element(connections, {}, [](const Connection* one) {
      return one->held > 0 ? one->held_since : Connection::Clock::time_point::max();
    });
    shared.Count(Refusal::kSlowReader);
    change(*slowest, 0);
    if (*slowest == connection) return false;
    (*slowest)->Close();
  }
  return true;
}

}  // namespace cityid
