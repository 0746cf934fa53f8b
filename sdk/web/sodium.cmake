# What the checker needs of libsodium, for the preset `wasm`: what verifies and hashes. The linker
# drops the functions of ours that call the rest.
set(sodium ${CITYID_SOURCES}/libsodium/src/libsodium)
set(include ${sodium}/include/sodium)
file(STRINGS ${CITYID_SOURCES}/libsodium/configure.ac VERSION REGEX "^AC_INIT")
string(REGEX REPLACE ".*\\[([0-9.]+)\\].*" "\\1" VERSION "${VERSION}")
set(SODIUM_LIBRARY_VERSION_MAJOR 0)
set(SODIUM_LIBRARY_VERSION_MINOR 0)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
configure_file(${include}/version.h.in ${include}/version.h @ONLY)
foreach(file crypto_sign/crypto_sign crypto_sign/ed25519/sign_ed25519 crypto_sign/ed25519/ref10/open
        crypto_sign/ed25519/ref10/sign crypto_core/ed25519/ref10/ed25519_ref10
        crypto_hash/sha512/cp/hash_sha512_cp
        crypto_hash/sha256/cp/hash_sha256_cp crypto_verify/sodium/verify
        crypto_shorthash/siphash24/ref/shorthash_siphashx24_ref sodium/codecs sodium/utils)
  list(APPEND files ${sodium}/${file}.c)
endforeach()
add_library(cityid_web_sodium STATIC ${files} ${CMAKE_CURRENT_LIST_DIR}/sodium_misuse.c)
add_library(PkgConfig::sodium ALIAS cityid_web_sodium)
target_include_directories(cityid_web_sodium SYSTEM PUBLIC ${sodium}/include PRIVATE ${include})
target_compile_definitions(cityid_web_sodium PRIVATE CONFIGURED=1 NDEBUG
  _WASI_EMULATED_MMAN _WASI_EMULATED_SIGNAL PUBLIC SODIUM_STATIC)
target_compile_options(cityid_web_sodium PRIVATE -w)
