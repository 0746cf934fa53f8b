// The names of an enumeration's values: a row each, so that nothing depends on their order.
#pragma once

#include <cstddef>
#include <string_view>

namespace cityid {

template <class E>
struct Named {
  E value;
  std::string_view name;
};

/// Returns the name of a value, and an empty text for a value without a row.
template <class E, std::size_t N>
constexpr std::string_view NameIn(const Named<E> (&rows)[N], E value) {
  for (const Named<E>& row : rows) {
    if (row.value == value) return row.name;
  }
  return {};
}

}  // namespace cityid
