// A stranger's program against the installed libraries: seal a code, draw it, read it back.
#include <codec/city_code.h>
#include <codec/symbol/qr.h>
#include <codec/symbol/read.h>
#include <ledger/tlog/merkle.h>
#include <resolver/answer/verdict.h>

int main() {
  const cityid::SecretKey key = cityid::SecretKey::Generate();
  const auto id = cityid::CityId::Parse("MA.156.1301");
  if (!id) return 1;
  const auto code = cityid::SealCode({*id,
                                      cityid::Purpose::kCity,
                                      cityid::HintOf(key.public_key()),
                                      1,
                                      std::chrono::sys_seconds{},
                                      0,
                                      {}},
                                     key);
  if (!code) return 2;
  const auto url = cityid::WriteCodeUrl("id.example.cn", *code);
  if (!url) return 3;
  const auto symbol = cityid::EncodeQr(cityid::CodeUrlSegments(*url), cityid::QrLevel::kMedium);
  if (!symbol) return 4;
  const auto png = cityid::DrawPng(*symbol, 4);
  if (!png) return 5;
  const auto image = cityid::DecodeImage(*png);
  if (!image) return 6;
  const auto found = cityid::ReadSymbols(*image);
  if (found.size() != 1 || cityid::AsText(found[0].content) != *url) return 7;
  if (cityid::EmptyRoot() == cityid::RootHash{}) return 8;
  return cityid::Row(cityid::Verdict::kValid).exit_status;
}
