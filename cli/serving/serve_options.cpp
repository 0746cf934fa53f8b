#include "cli/serving/serve_options.h"

#include <algorithm>

#include "cli/console/command_line.h"
#include "codec/files/file.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kMaxRobots = 512 * 1024;  // crawlers read less (RFC 9309, 2.5)

/// Returns true for an address that fits on a line of its own.
bool IsContact(std::string_view uri) {
  return (uri.starts_with("mailto:") || uri.starts_with("https://") || uri.starts_with("tel:")) &&
         std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool IsTag(std::string_view tag) {
  return !tag.empty() && std::ranges::all_of(tag, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::vector<ServeSetting> ServeSettings(ServeOptions& o) {
  return {
      {"ledger", &o.ledger, "Ledger directory"},
      {"map-size", &o.map_size, "GiB that the ledger may grow to; 0: as before, at least 64"},
      {"listen", &o.listen, "ADDRESS:PORT for plain HTTP; may be repeated (127.0.0.1:8080)"},
      {"listen-tls", &o.listen_tls, "ADDRESS:PORT for HTTPS; may be repeated"},
      {"listen-redirect", &o.listen_redirect,
       "ADDRESS:PORT for plain HTTP that only sends to HTTPS; needs --name"},
      {"tls-certificate", &o.tls_certificate, "PEM file with the chain; read anew on SIGHUP"},
      {"tls-key", &o.tls_key, "PEM file with its private key"},
      {"name", &o.names,
       "Host name that requests must be addressed to; may be repeated; none: any"},
      {"proxy", &o.proxies,
       "Address or network of a proxy whose X-Forwarded-For is believed; may be repeated"},
      {"metrics", &o.metrics,
       "127.0.0.1:PORT, [::1]:PORT or unix:/PATH for Prometheus, /healthz and /readyz"},
      {"threads", &o.threads, "Event loops; 0: one a core"},
      {"registry", &o.registry, "Take applications and sequence records; one process a ledger"},
      {"log-key", &o.publish.log_keys,
       "With --registry: key file that signs checkpoints; may be repeated"},
      {"witness-key", &o.publish.witness_keys,
       "With --log-key: key file of a witness on this machine; may be repeated"},
      {"witness", &o.publish.witnesses,
       "With --log-key: submission prefix of a witness, e.g. https://witness.example; may be "
       "repeated"},
      {"signed", &o.publish.journal,
       "With --log-key: journal of what the keys have signed; default: LEDGER.signed"},
      {"without", &o.publish.without,
       "With --log-key: goes on without this institute or witness, which can't be asked what it "
       "has "
       "cosigned; may be repeated"},
      {"passphrase-file", &o.publish.passphrase.file,
       "Take the passphrase from this file's first line"},
      {"snapshots", &o.snapshots,
       "Hand out the snapshots in this directory, each named by its size"},
      {"robots", &o.robots, "File to serve as /robots.txt instead of ours"},
      {"security-contact", &o.security_contacts,
       "mailto:, https: or tel: address for whoever finds a weakness; may be repeated; none: no "
       "security.txt"},
      {"security-language", &o.security_languages,
       "With --security-contact: language that is read there, e.g. en; may be repeated"},
      {"pictures", &o.pictures, "Processes that read pictures sent to /verify; 0: none are read"},
      {"web", &o.web, "Serve the scanner's program from this directory (./dev web builds it)"},
      {"follow", &o.follow.from, "Keep up with this mirror (URL or directory); may be repeated"},
      {"trust", &o.follow.trust,
       "Trust file: nothing older than it is believed; a ledger still empty needs one"},
      {"poll", &o.follow.interval, "With --follow: milliseconds between polls"},
      {"soft-age", &o.soft_age, "Seconds after which answers say that the ledger is old"},
      {"hard-age", &o.hard_age, "Seconds after which there are no answers from it"},
      {"keep", &o.keep, "Seconds that others may keep an answer, at the most"},
      {"cache", &o.cache, "MiB of answers that each loop keeps; 0: none"},
      {"head-time", &o.head_time, "Seconds for the head of a request, in all"},
      {"body-time", &o.body_time, "Seconds for its body, in all"},
      {"idle-time", &o.idle_time, "Seconds between two requests"},
      {"write-time", &o.write_time, "Seconds for a reply, or for each 64 KiB of it"},
      {"drain-time", &o.drain_time, "Seconds that replies under way have when it is stopped"},
      {"connections", &o.connections, "Connections in all"},
      {"client-connections", &o.client_connections,
       "Connections of one address (IPv6: /64); many people share one"},
      {"client-requests", &o.client_requests, "Requests a second of one address"},
      {"client-burst", &o.client_burst, "Requests of one address at once"},
      {"held", &o.held, "MiB of replies that slow readers have not taken yet"},
      {"limit-loopback", &o.limit_loopback, "Limit loopback and proxies like everybody else"},
      {"log-format", &o.log_format, "text or json"},
      {"log-requests", &o.log_requests, "A line for each request, without its address"},
      {"log-addresses", &o.log_addresses, "With --log-requests: the address, too"},
  };
}

Result<Notices> ReadNotices(const ServeOptions& options) {
  Notices notices{{}, options.security_contacts, options.security_languages};
  for (const std::string& contact : notices.contacts) {
    if (!IsContact(contact))
      return Usage("security-contact: '" + contact + "' is no mailto:, https: or tel: address");
  }
  for (const std::string& tag : notices.languages) {
    if (!IsTag(tag)) return Usage("security-language: '" + tag + "' is no language tag");
  }
  if (options.robots.empty()) return notices;
  const auto text = ReadFile(options.robots, kMaxRobots);
  if (!text) return text.error().In("robots");
  notices.robots = AsText(*text);
  return notices;
}

}  // namespace cityid::cli
