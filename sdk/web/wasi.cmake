# The toolchain of the preset `wasm`: Debian's clang for WASI, with its own libc and libc++.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# libc++ has headers that come before those of libc.
set(CMAKE_C_FLAGS_INIT "-flto -isystem /usr/include/wasm32-wasi")
set(CMAKE_CXX_FLAGS_INIT "-flto -fno-exceptions -fno-rtti \
-isystem /usr/lib/llvm-19/include/wasm32-wasi/c++/v1 -isystem /usr/include/wasm32-wasi")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-flto -L/usr/lib/llvm-19/lib/wasm32-wasi")
set(CMAKE_INSTALL_LIBDIR lib)
