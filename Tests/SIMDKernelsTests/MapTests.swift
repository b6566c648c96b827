import Foundation
import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A map")
struct MapTests {
  /// Calls `body` with a matrix of every small shape, and a parameter a lane and a line.
  private func withEveryShape(
    seed: UInt64, in range: ClosedRange<Float>,
    _ body: (_ lines: Int, _ lanes: Int, _ x: [Float], _ byLane: [Float], _ byLine: [Float]) -> Void
  ) {
    var random = SeededGenerator(seed: seed)
    for lines in lineCounts {
      for lanes in laneCounts {
        body(
          lines, lanes, random.floats(lines * lanes, in: range), random.floats(lanes, in: range),
          random.floats(lines, in: range))
      }
    }
  }

  /// What is wrong with `kernel` mapping `x` by `parameters`; nil if nothing is.
  private func fault(
    _ kernel: Kernels.Map, _ lines: Int, _ lanes: Int, _ x: [Float], _ parameters: [Float],
    _ accept: (_ line: Int, _ lane: Int, _ value: Float) -> Bool
  ) -> String? {
    let matrix = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
    let parameter = GuardedMatrix(lines: 1, lanes: parameters.count) { parameters[$1] }
    kernel(matrix.base, lines, lanes, matrix.stride, parameter.base)
    return matrix.fault(accept)
  }

  @Test("scales with one rounding", arguments: InstructionSet.available)
  func scale(set: InstructionSet) {
    withEveryShape(seed: 5, in: -3...3) { lines, lanes, x, byLane, byLine in
      let vertical = fault(set.kernels.scaleVertical, lines, lanes, x, byLane) {
        $2 == x[$0 * lanes + $1] * byLane[$1]
      }
      let horizontal = fault(set.kernels.scaleHorizontal, lines, lanes, x, byLine) {
        $2 == x[$0 * lanes + $1] * byLine[$0]
      }
      #expect(vertical == nil, "vertical, \(lines) lines of \(lanes)")
      #expect(horizontal == nil, "horizontal, \(lines) lines of \(lanes)")
    }
  }

  @Test("takes exponentials of differences", arguments: InstructionSet.available)
  func exponential(set: InstructionSet) {
    withEveryShape(seed: 6, in: -40...0) { lines, lanes, x, byLane, byLine in
      // Differences from −80 to 0.
      let (byLane, byLine) = (byLane.map { $0 + 40 }, byLine.map { $0 + 40 })
      let vertical = fault(set.kernels.exponentialVertical, lines, lanes, x, byLane) {
        ulpDistance($2, from: exp(Double(x[$0 * lanes + $1] - byLane[$1]))) <= 2
      }
      let horizontal = fault(set.kernels.exponentialHorizontal, lines, lanes, x, byLine) {
        ulpDistance($2, from: exp(Double(x[$0 * lanes + $1] - byLine[$0]))) <= 2
      }
      #expect(vertical == nil, "vertical, \(lines) lines of \(lanes)")
      #expect(horizontal == nil, "horizontal, \(lines) lines of \(lanes)")
    }
  }

  @Test("takes the same exponentials where it adds them up", arguments: InstructionSet.available)
  func exponentialSums(set: InstructionSet) {
    let kernels = set.kernels
    withEveryShape(seed: 8, in: -40...0) { lines, lanes, x, byLane, byLine in
      for isVertical in [true, false] {
        let parameters = (isVertical ? byLane : byLine).map { $0 + 40 }
        let parameter = GuardedMatrix(lines: 1, lanes: parameters.count) { parameters[$1] }
        let plain = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
        let summed = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
        let sums = GuardedMatrix(lines: 1, lanes: parameters.count) { _, index in Float(index) }
        let map = isVertical ? kernels.exponentialVertical : kernels.exponentialHorizontal
        map(plain.base, lines, lanes, plain.stride, parameter.base)
        let sum = isVertical ? kernels.exponentialSumVertical : kernels.exponentialSumHorizontal
        sum(summed.base, lines, lanes, summed.stride, parameter.base, sums.base)
        let fault =
          summed.fault { $2.bitPattern == plain[$0, $1].bitPattern }
          ?? sums.fault { _, index, value in
            let terms =
              isVertical
              ? (0..<lines).map { Double(plain[$0, index]) }
              : (0..<lanes).map { Double(plain[index, $0]) }
            let exact = Double(index) + terms.reduce(0, +)
            return abs(Double(value) - exact) <= gamma(terms.count + 1) * exact
          }
        #expect(fault == nil, "vertical \(isVertical), \(lines) lines of \(lanes)")
      }
    }
  }

  @Test("takes a maximum of −∞ for 0", arguments: InstructionSet.available)
  func nothing(set: InstructionSet) {
    let x: [Float] = [-.infinity, -3, .nan]
    let m: [Float] = [-.infinity, -2, 0]
    let expected: [[Float]] = [[0, 0, 0], [exp(-3), exp(-1), exp(-3)], [.nan, .nan, .nan]]
    for (i, value) in x.enumerated() {
      for (j, maximum) in m.enumerated() {
        let wanted = expected[i][j]
        let accept = { (_: Int, _: Int, value: Float) in
          wanted.isNaN ? value.isNaN : ulpDistance(value, from: Double(wanted)) <= 3
        }
        let (xs, ms) = (Array(repeating: value, count: 18), Array(repeating: maximum, count: 18))
        #expect(fault(set.kernels.exponentialVertical, 1, 18, xs, ms, accept) == nil)
        #expect(fault(set.kernels.exponentialHorizontal, 18, 1, xs, ms, accept) == nil)
      }
    }
  }
}
