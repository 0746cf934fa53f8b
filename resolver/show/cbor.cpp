// CBOR (RFC 8949): the JSON data model, for devices.
#include <nlohmann/json.hpp>

#include "resolver/show/represent.h"

namespace cityid {

std::string JsonToCbor(std::string_view json) {
  std::string cbor;
  nlohmann::ordered_json::to_cbor(nlohmann::ordered_json::parse(json), cbor);
  return cbor;
}

std::string RenderCbor(const Document& document, const RenderContext& context) {
  return JsonToCbor(RenderJson(document, context));
}

}  // namespace cityid
