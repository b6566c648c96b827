import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("Kernels.product")
struct ProductTests {
  @Test("is the sum of products, for all small shapes", arguments: InstructionSet.available)
  func values(set: InstructionSet) {
    let definition = ProductDefinition(seed: 1)
    for lanes in productLaneCounts {
      for depth in depths {
        let b = GuardedMatrix(lines: depth, lanes: lanes) { definition.b($0, $1) }
        for lines in lineCounts {
          for (scale, accumulates) in [(1, false), (1, true), (-0.37, false), (-0.37, true)] {
            for operand in [definition.linesFirst, definition.depthFirst] {
              let c = GuardedMatrix(lines: lines, lanes: lanes) { definition.c($0, $1) }
              set.kernels.product(
                ProductShape(lines: lines, lanes: lanes, depth: depth), operand, b.base, b.stride,
                c.base, c.stride, Float(scale), accumulates)
              let fault = c.fault { line, lane, value in
                let exact = definition.exact(line, lane, depth, Double(Float(scale)), accumulates)
                return abs(Double(value) - exact.value) <= exact.bound
              }
              if let fault {
                Issue.record(
                  "\(lines) × \(depth) × \(lanes), scale \(scale), \(accumulates): \(fault)")
                return
              }
            }
          }
        }
      }
    }
  }

  @Test("of dots is the same sum, for all small shapes", arguments: InstructionSet.available)
  func dots(set: InstructionSet) {
    let definition = ProductDefinition(seed: 3)
    for lanes in productLaneCounts {
      for depth in depths {
        // Nothing beyond the terms may be read: it is NaN.
        let b = GuardedMatrix(lines: lanes, lanes: depth, gap: 5) { definition.b($1, $0) }
        for lines in lineCounts {
          for (scale, accumulates) in [(1, false), (-0.37, true)] {
            let c = GuardedMatrix(lines: lines, lanes: lanes, isExact: true) {
              definition.c($0, $1)
            }
            set.kernels.dotProduct(
              ProductShape(lines: lines, lanes: lanes, depth: depth), definition.linesFirst.base,
              definition.linesFirst.lineStride, b.base, b.stride, c.base, c.stride, Float(scale),
              accumulates)
            let fault = c.fault { line, lane, value in
              let exact = definition.exact(line, lane, depth, Double(Float(scale)), accumulates)
              return abs(Double(value) - exact.value) <= exact.bound
            }
            if let fault {
              Issue.record("\(lines) × \(depth) × \(lanes), \(scale), \(accumulates): \(fault)")
              return
            }
          }
        }
      }
    }
  }

  @Test("has the same bits whichever way the broadcast operand lies")
  func layouts() {
    let definition = ProductDefinition(seed: 2)
    for set in InstructionSet.available {
      let b = GuardedMatrix(lines: 100, lanes: 97) { definition.b($0, $1) }
      let c = GuardedMatrix(lines: 33, lanes: 97)
      let d = GuardedMatrix(lines: 33, lanes: 97)
      let shape = ProductShape(lines: 33, lanes: 97, depth: 100)
      set.kernels.product(
        shape, definition.linesFirst, b.base, b.stride, c.base, c.stride, 0.5, false)
      set.kernels.product(
        shape, definition.depthFirst, b.base, b.stride, d.base, d.stride, 0.5, false)
      #expect(d.fault { $2.bitPattern == c[$0, $1].bitPattern } == nil, "\(set)")
    }
  }
}

/// Matrices with as many lines, lanes and terms as any test asks for, and the sums of their products.
///
/// A smaller product has the same sums, cut short: all shapes share one definition.
private final class ProductDefinition {
  private static let lines = lineCounts.max()!
  private static let lanes = productLaneCounts.max()!
  private static let depth = depths.max()!

  private let bValues: [Float]
  private let cValues: [Float]
  private let byLine: GuardedMatrix
  private let byDepth: GuardedMatrix
  /// Σ a·b and Σ |a·b| over the first terms, by number of terms, line and lane.
  private var sums: [Double]
  private var magnitudes: [Double]

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (lines, lanes, depth) = (Self.lines, Self.lanes, Self.depth)
    let a = random.floats(lines * depth)
    let b = random.floats(depth * lanes)
    bValues = b
    cValues = random.floats(lines * lanes)
    byLine = GuardedMatrix(lines: lines, lanes: depth) { a[$0 * depth + $1] }
    byDepth = GuardedMatrix(lines: depth, lanes: lines) { a[$1 * depth + $0] }
    let size = lines * lanes
    sums = Array(repeating: 0, count: (depth + 1) * size)
    magnitudes = sums
    for k in 0..<depth {
      for i in 0..<size {
        let term = Double(a[i / lanes * depth + k]) * Double(b[k * lanes + i % lanes])
        sums[(k + 1) * size + i] = sums[k * size + i] + term
        magnitudes[(k + 1) * size + i] = magnitudes[k * size + i] + abs(term)
      }
    }
  }

  func b(_ k: Int, _ lane: Int) -> Float { bValues[k * Self.lanes + lane] }
  func c(_ line: Int, _ lane: Int) -> Float { cValues[line * Self.lanes + lane] }

  /// The broadcast operand, line after line.
  var linesFirst: BroadcastOperand {
    BroadcastOperand(base: byLine.base, lineStride: byLine.stride, depthStride: 1)
  }

  /// The broadcast operand, term after term.
  var depthFirst: BroadcastOperand {
    BroadcastOperand(base: byDepth.base, lineStride: 1, depthStride: byDepth.stride)
  }

  /// An element of the product, and how far off a sum of floats may be.
  ///
  /// As many roundings as terms, one more for the scale and one for the addition to `c`.
  func exact(
    _ line: Int, _ lane: Int, _ depth: Int, _ scale: Double, _ accumulates: Bool
  ) -> (value: Double, bound: Double) {
    let i = (depth * Self.lines + line) * Self.lanes + lane
    let old = accumulates ? Double(c(line, lane)) : 0
    return (
      old + scale * sums[i], gamma(depth + 2) * (abs(old) + abs(scale) * magnitudes[i])
    )
  }
}
