# libqrencode for the preset `wasm`: what draws the code of a seal again. Without config.h it has no
# threads; nobody asks it for its version.
set(qrencode ${CITYID_SOURCES}/qrencode)
foreach(file qrencode qrinput bitstream qrspec rsecc split mask mmask mqrspec)
  list(APPEND qrencode_files ${qrencode}/${file}.c)
endforeach()
add_library(cityid_web_qrencode STATIC ${qrencode_files})
add_library(PkgConfig::qrencode ALIAS cityid_web_qrencode)
target_include_directories(cityid_web_qrencode SYSTEM PUBLIC ${qrencode})
target_compile_definitions(cityid_web_qrencode PRIVATE STATIC_IN_RELEASE=static HAVE_STRDUP=1 NDEBUG
  MAJOR_VERSION=0 MINOR_VERSION=0 MICRO_VERSION=0 VERSION="0")
target_compile_options(cityid_web_qrencode PRIVATE -w)
