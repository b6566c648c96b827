import Foundation
import NaiveAttention

/// Seeded inputs of a shape.
struct Inputs {
  let shape: AttentionShape
  var query: [Float]
  var key: [Float]
  var value: [Float]

  /// Standard normal data; `magnitude` scales the queries, and so the scores.
  init(_ shape: AttentionShape, seed: UInt64, magnitude: Float = 1) {
    var generator = SplitMix64(state: seed)
    self.shape = shape
    query = (0..<shape.queryCount).map { _ in magnitude * generator.normal() }
    key = (0..<shape.keyCount).map { _ in generator.normal() }
    value = (0..<shape.valueCount).map { _ in generator.normal() }
  }

  func naive(scale: Float? = nil, threads: Int? = nil) throws -> AttentionResult<Float> {
    try naiveAttention(
      query: query.span, key: key.span, value: value.span, shape: shape, scale: scale,
      threads: threads)
  }

  func reference(
    scale: Float? = nil, queryRows: [Int]? = nil, rules: Rules = Rules(), threads: Int? = nil
  ) throws -> AttentionResult<Double> {
    try referenceAttention(
      query: query.span, key: key.span, value: value.span, shape: shape, scale: scale,
      queryRows: queryRows, rules: rules.scoreRules(shape), threads: threads)
  }
}

/// Vigna's generator: the same numbers on every platform.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A standard normal number, by Box and Muller.
  mutating func normal() -> Float {
    let u = Double(next() >> 11) * 0x1p-53
    let v = Double(next() >> 11) * 0x1p-53
    return Float((-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v))
  }
}
