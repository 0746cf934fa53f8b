#include "codec/address.h"

#include <gtest/gtest.h>

#include <ostream>

namespace cityid {
namespace {

TEST(HostOf, TakesOffPortUserinfoAndBrackets) {
  EXPECT_EQ(HostOf("https://api.example.cn/path"), "api.example.cn");
  EXPECT_EQ(HostOf("https://api.example.cn"), "api.example.cn");
  EXPECT_EQ(HostOf("https://api.example.cn:8443/"), "api.example.cn");
  EXPECT_EQ(HostOf("https://user:word@api.example.cn:8443?q"), "api.example.cn");
  EXPECT_EQ(HostOf("https://a@b@api.example.cn/"), "api.example.cn");
  EXPECT_EQ(HostOf("https://api.example.cn?x=@other.example"), "api.example.cn");
  EXPECT_EQ(HostOf("https://api.example.cn#@other.example"), "api.example.cn");
  EXPECT_EQ(HostOf("https://api.example.cn/@other.example"), "api.example.cn");
  EXPECT_EQ(HostOf("https://[2606:4700::1111]:443/"), "2606:4700::1111");
  EXPECT_EQ(HostOf("https://user@[::1]/"), "::1");
}

TEST(HostOf, IsEmptyWithoutAHost) {
  for (const char* uri :
       {"", "https", "https:", "https://", "https:///path", "https://:80/", "https://[::1", "/path",
        "mailto:office@example.cn", "urn:epc:id:sgln:0614141.12345.400", "https://user@/"}) {
    EXPECT_EQ(HostOf(uri), "") << uri;
  }
}

struct AddressCase {
  const char* uri;
  bool is_public;
};

void PrintTo(const AddressCase& tested, std::ostream* out) { *out << tested.uri; }

class AddressTable : public ::testing::TestWithParam<AddressCase> {};

TEST_P(AddressTable, TellsThePublicInternetFromTheRest) {
  EXPECT_EQ(IsPublicAddress(GetParam().uri), GetParam().is_public) << GetParam().uri;
}

INSTANTIATE_TEST_SUITE_P(
    Names, AddressTable,
    ::testing::Values(
        AddressCase{"https://api.example.cn/", true},
        AddressCase{"https://API.Example.CN/v1?q#f", true},
        AddressCase{"https://api.example.cn./", true},
        AddressCase{"https://api.example.cn:8443/", true},
        AddressCase{"mqtts://api.example.cn:8883", true},
        AddressCase{"javascript://api.example.cn/%0Aalert(1)", false},
        AddressCase{"JavaScript://api.example.cn/%0Aalert(1)", false},
        AddressCase{"data://api.example.cn/text/html,x", false},
        AddressCase{"file://api.example.cn/etc/passwd", false},
        AddressCase{"https://xn--fiqs8s.example/", true},
        AddressCase{"https://10.example.cn/", true}, AddressCase{"https://0x7f.example.cn/", true},
        AddressCase{"https://local.example.cn/", true},
        AddressCase{"https://notlocal.example/", true}, AddressCase{"https://localhost/", false},
        AddressCase{"https://LOCALHOST/", false}, AddressCase{"https://localhost./", false},
        AddressCase{"https://api.localhost/", false}, AddressCase{"https://intranet/", false},
        AddressCase{"https://intranet:8443/", false}, AddressCase{"https://printer.local/", false},
        AddressCase{"https://PRINTER.LOCAL./", false}, AddressCase{"https://db.internal/", false},
        AddressCase{"https://nas.home.arpa:5000/", false},
        AddressCase{"https://router.lan/", false}, AddressCase{"", false},
        AddressCase{"https://", false}, AddressCase{"https:///path", false},
        AddressCase{"https://./", false}, AddressCase{"mailto:office@example.cn", false},
        AddressCase{"/relative", false}));

INSTANTIATE_TEST_SUITE_P(
    V4, AddressTable,
    ::testing::Values(
        AddressCase{"https://1.1.1.1/", true}, AddressCase{"https://1.1.1.1:8443/", true},
        AddressCase{"https://9.255.255.255/", true}, AddressCase{"https://11.0.0.0/", true},
        AddressCase{"https://100.63.255.255/", true}, AddressCase{"https://100.128.0.0/", true},
        AddressCase{"https://172.15.255.255/", true}, AddressCase{"https://172.32.0.0/", true},
        AddressCase{"https://192.167.255.255/", true}, AddressCase{"https://192.169.0.0/", true},
        AddressCase{"https://223.255.255.255/", true},
        // RFC 6890: the first and the last of each block.
        AddressCase{"https://0.0.0.0/", false}, AddressCase{"https://0.255.255.255/", false},
        AddressCase{"https://10.0.0.0/", false}, AddressCase{"https://10.255.255.255/", false},
        AddressCase{"https://100.64.0.0/", false}, AddressCase{"https://100.127.255.255/", false},
        AddressCase{"https://127.0.0.1/", false}, AddressCase{"https://127.255.255.255/", false},
        AddressCase{"https://169.254.0.0/", false}, AddressCase{"https://169.254.169.254/", false},
        AddressCase{"https://172.16.0.0/", false}, AddressCase{"https://172.31.255.255/", false},
        AddressCase{"https://192.0.0.8/", false}, AddressCase{"https://192.0.2.1/", false},
        AddressCase{"https://192.168.0.0/", false}, AddressCase{"https://192.168.255.255/", false},
        AddressCase{"https://198.18.0.0/", false}, AddressCase{"https://198.19.255.255/", false},
        AddressCase{"https://198.51.100.1/", false}, AddressCase{"https://203.0.113.1/", false},
        AddressCase{"https://224.0.0.1/", false}, AddressCase{"https://239.255.255.255/", false},
        AddressCase{"https://240.0.0.1/", false}, AddressCase{"https://255.255.255.255/", false},
        AddressCase{"https://10.0.0.1:8443/", false}, AddressCase{"https://10.0.0.1./", false}));

INSTANTIATE_TEST_SUITE_P(
    OddlyWrittenV4, AddressTable,
    ::testing::Values(
        AddressCase{"https://127.1/", false}, AddressCase{"https://10.1/", false},
        AddressCase{"https://2130706433/", false}, AddressCase{"https://0x7f000001/", false},
        AddressCase{"https://0X7F000001/", false}, AddressCase{"https://017700000001/", false},
        AddressCase{"https://0177.0.0.1/", false}, AddressCase{"https://0x7f.1/", false},
        AddressCase{"https://0x7f.0x0.0x0.0x1/", false}, AddressCase{"https://0xa.0.0.1/", false},
        AddressCase{"https://127.0.0.1../", false}, AddressCase{"https://1.2.3.4.5/", false},
        AddressCase{"https://%31%30.0.0.1/", false},
        AddressCase{"https://127.0.0.1%00.example.cn/", false}));

INSTANTIATE_TEST_SUITE_P(
    V6, AddressTable,
    ::testing::Values(
        AddressCase{"https://[2606:4700::1111]/", true},
        AddressCase{"https://[2606:4700::1111]:8443/", true},
        AddressCase{"https://[2001:4860:4860::8888]/", true}, AddressCase{"https://[::]/", false},
        AddressCase{"https://[::1]/", false}, AddressCase{"https://[::1]:8443/", false},
        AddressCase{"https://[0:0:0:0:0:0:0:1]/", false},
        AddressCase{"https://[::ffff:10.0.0.1]/", false},
        AddressCase{"https://[::ffff:1.1.1.1]/", false},
        AddressCase{"https://[::10.0.0.1]/", false},
        AddressCase{"https://[64:ff9b::a00:1]/", false}, AddressCase{"https://[100::1]/", false},
        AddressCase{"https://[2001:db8::1]/", false}, AddressCase{"https://[2001::1]/", false},
        AddressCase{"https://[2001:2::1]/", false}, AddressCase{"https://[2001:10::1]/", false},
        AddressCase{"https://[2002:a00:1::]/", false}, AddressCase{"https://[fc00::1]/", false},
        AddressCase{"https://[fd12:3456::1]/", false}, AddressCase{"https://[fe80::1]/", false},
        AddressCase{"https://[fe80::1%25eth0]/", false}, AddressCase{"https://[ff02::1]/", false},
        AddressCase{"https://[::1/", false}, AddressCase{"https://::1/", false},
        AddressCase{"https://[]/", false}));

INSTANTIATE_TEST_SUITE_P(
    Userinfo, AddressTable,
    ::testing::Values(AddressCase{"https://public.example@10.0.0.1/", false},
                      AddressCase{"https://public.example:443@10.0.0.1/", false},
                      AddressCase{"https://public.example@evil.example@127.0.0.1/", false},
                      AddressCase{"https://public.example@[::1]/", false},
                      AddressCase{"https://public.example@localhost/", false},
                      AddressCase{"https://user@public.example/", false},
                      AddressCase{"https://10.0.0.1@public.example/", false},
                      AddressCase{"https://public.example/@10.0.0.1/", true},
                      AddressCase{"https://10.0.0.1/@public.example/", false},
                      AddressCase{"https://10.0.0.1?@public.example/", false},
                      AddressCase{"https://10.0.0.1#@public.example/", false},
                      // Browsers read the backslash as a slash.
                      AddressCase{"https://10.0.0.1\\@public.example/", false}));

}  // namespace
}  // namespace cityid
