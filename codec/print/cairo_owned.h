// Objects of cairo that are given back when their owner ends.
#pragma once

#include <cairo.h>

#include <memory>

namespace cityid {

struct CairoDestroy {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_path_t* path) const { cairo_path_destroy(path); }
};

template <class T>
using CairoOwned = std::unique_ptr<T, CairoDestroy>;

}  // namespace cityid
