public import KernelInterface

/// The kernels of this build.
public let kernels = Kernels(
  product: product, dotProduct: dotProduct,
  maximumVertical: maximumVertical, maximumHorizontal: maximumHorizontal,
  sumVertical: sumVertical, sumHorizontal: sumHorizontal,
  exponentialVertical: exponentialVertical, exponentialHorizontal: exponentialHorizontal,
  exponentialSumVertical: exponentialSumVertical,
  exponentialSumHorizontal: exponentialSumHorizontal,
  scaleVertical: scaleVertical, scaleHorizontal: scaleHorizontal,
  keepVertical: keepVertical, keepHorizontal: keepHorizontal,
  dropVertical: dropVertical, dropHorizontal: dropHorizontal,
  dropoutVertical: dropoutVertical, dropoutHorizontal: dropoutHorizontal,
  softcap: softcap,
  softcapDerivative: softcapDerivative,
  distancesVertical: distancesVertical, distancesHorizontal: distancesHorizontal,
  productSumVertical: productSumVertical, productSumHorizontal: productSumHorizontal,
  softmaxGradientVertical: softmaxGradientVertical,
  softmaxGradientHorizontal: softmaxGradientHorizontal,
  add: add, subtract: subtract, ruleOut: ruleOut,
  scaleWhere: scaleWhere,
  transpose: transpose,
  widenHalf: widenHalf, widenBFloat: widenBFloat, widenBool: widenBool,
  narrowHalf: narrowHalf, narrowBFloat: narrowBFloat, narrowBool: narrowBool,
  fusedPeak: fusedPeak)
