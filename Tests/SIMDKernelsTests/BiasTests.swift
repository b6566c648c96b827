import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A map by another matrix")
struct BiasTests {
  /// What is wrong with what `kernel` makes of x and y; nil if nothing is.
  private func fault(
    _ kernel: Kernels.PairMap, _ lines: Int, _ lanes: Int, _ x: [Float], _ y: [Float],
    _ exact: (_ x: Float, _ y: Float) -> Float
  ) -> String? {
    let matrix = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
    let other = GuardedMatrix(lines: lines, lanes: lanes, gap: 5) { y[$0 * lanes + $1] }
    kernel(matrix.base, lines, lanes, matrix.stride, other.base, other.stride)
    return matrix.fault { isSame($2, exact(x[$0 * lanes + $1], y[$0 * lanes + $1])) }
      ?? other.fault { isSame($2, y[$0 * lanes + $1]) }
  }

  /// Whether floats are equal, signs of zeros and all; any NaN is.
  private func isSame(_ a: Float, _ b: Float) -> Bool {
    a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
  }

  @Test(
    "adds, subtracts, rules out and scales, for all small shapes",
    arguments: InstructionSet.available)
  func values(set: InstructionSet) {
    var random = SeededGenerator(seed: 13)
    for lines in lineCounts {
      for lanes in laneCounts {
        let x = random.floats(lines * lanes)
        let y = random.floats(lines * lanes)
        let mask = y.map { $0 < 0 ? 0 : $0 }
        let faults = [
          fault(set.kernels.add, lines, lanes, x, y) { $0 + $1 },
          fault(set.kernels.subtract, lines, lanes, x, y) { $0 - $1 },
          fault(set.kernels.ruleOut, lines, lanes, x, mask) { $1 == 0 ? -.infinity : $0 },
          fault(scaleWhere(set, by: 1.25), lines, lanes, x, mask) { $1 == 0 ? 0 : $0 * 1.25 },
        ]
        #expect(faults == [nil, nil, nil, nil], "\(lines) lines of \(lanes)")
      }
    }
  }

  /// The map with its factor.
  private func scaleWhere(_ set: InstructionSet, by factor: Float) -> Kernels.PairMap {
    let kernel = set.kernels.scaleWhere
    return { kernel($0, $1, $2, $3, $4, $5, factor) }
  }

  @Test(
    "rules out and clears by zeros of either sign alone, and NaN too",
    arguments: InstructionSet.available)
  func specialValues(set: InstructionSet) {
    let numbers: [Float] = [
      0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .infinity, -.infinity, .nan,
    ]
    for y in numbers {
      let ys = Array(repeating: y, count: numbers.count)
      let ruledOut = fault(set.kernels.ruleOut, 1, ys.count, numbers, ys) { x, _ in
        y.isZero ? -.infinity : x
      }
      let sum = fault(set.kernels.add, 1, ys.count, numbers, ys) { $0 + $1 }
      let scaled = fault(scaleWhere(set, by: 1), 1, ys.count, numbers, ys) { x, _ in
        y.isZero ? 0 : x
      }
      #expect(ruledOut == nil && sum == nil && scaled == nil, "with \(y)")
    }
  }
}
