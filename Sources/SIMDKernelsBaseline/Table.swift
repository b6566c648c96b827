public import KernelInterface

/// The kernels of this build.
public let kernels = Kernels(
  product: product,
  maximumVertical: maximumVertical, maximumHorizontal: maximumHorizontal,
  sumVertical: sumVertical, sumHorizontal: sumHorizontal,
  exponentialVertical: exponentialVertical, exponentialHorizontal: exponentialHorizontal,
  scaleVertical: scaleVertical, scaleHorizontal: scaleHorizontal,
  transpose: transpose)
