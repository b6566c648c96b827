internal import Foundation

/// A GPU's memory bandwidth and arithmetic, and the time that nothing can take less than.
struct Roofline {
  /// Bytes a second to and from HBM.
  let bandwidth: Double
  /// Operations of matrix products a second.
  let arithmetic: Double

  /// An A100 of 40 GB: 1555 GB/s, and 312 TFLOP/s of f16 matrix products.
  static let a100 = Roofline(bandwidth: 1555e9, arithmetic: 312e12)

  /// Seconds that transfers take.
  func memory(bytes: Double) -> Double { bytes / bandwidth }

  /// Seconds that matrix products take.
  func compute(operations: Double) -> Double { operations / arithmetic }

  /// Seconds, if transfers and products overlap perfectly: the longer of the two.
  func time(bytes: Double, operations: Double) -> Double {
    max(memory(bytes: bytes), compute(operations: operations))
  }
}
