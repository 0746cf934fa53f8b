#include "resolver/show/document.h"

#include "ledger/record/fields.h"
#include "resolver/words/language_priority.h"

namespace cityid {
namespace {

constexpr std::size_t kNames = 1024;  // bytes of the names of one item

std::size_t SizeOf(const TextMap& texts) {
  std::size_t size = 0;
  for (const auto& [tag, text] : texts) size += tag.size() + text.size();
  return size;
}

}  // namespace

void Listing::Add(ListItem item) {
  constexpr std::size_t kFrame = 128;  // member names and the like
  bytes += kFrame + SizeOf(item.names);
  if (item.endpoint) bytes += EncodeFields(*item.endpoint).size();
  items.push_back(std::move(item));
}

TextMap NamesInList(const TextMap& names) {
  if (SizeOf(names) <= kNames) return names;
  TextMap kept;
  std::size_t left = kNames;
  const auto keep = [&](const std::string& tag, const std::string& text) {
    if (tag.size() + text.size() > left || !kept.emplace(tag, text).second) return;
    left -= tag.size() + text.size();
  };
  for (const auto& [tag, text] : names) {
    if (LanguageOf(tag)) keep(tag, text);
  }
  for (const auto& [tag, text] : names) keep(tag, text);
  return kept;
}

}  // namespace cityid
