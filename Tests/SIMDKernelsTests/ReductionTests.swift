import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A reduction")
struct ReductionTests {
  /// The element that each lane or line of `x` is reduced to by `kernel`.
  private func reduce(
    _ x: borrowing GuardedMatrix, vertically: Bool, _ kernel: Kernels.Reduction,
    _ accept: (_ index: Int, _ value: Float) -> Bool
  ) -> String? {
    // By line, a result is written exactly; by lane, up to whole vectors.
    let result =
      vertically
      ? GuardedMatrix(lines: 1, lanes: x.lanes)
      : GuardedMatrix(lines: 1, lanes: x.lines, isExact: true)
    kernel(x.base, x.lines, x.lanes, x.stride, result.base)
    return result.fault { accept($1, $2) }
  }

  @Test("finds the maximum exactly, and passes over NaN", arguments: InstructionSet.available)
  func maximum(set: InstructionSet) {
    var random = SeededGenerator(seed: 3)
    for lines in lineCounts {
      for lanes in laneCounts {
        let values = random.floats(lines * lanes, in: -9...9).enumerated().map { i, value in
          switch (i / lanes % 7, i % lanes % 5) {
          case (3, _): -Float.infinity  // whole lines of −∞
          case (_, 4): Float.nan  // whole lanes of NaN
          default: Bool.random(using: &random) ? value : .nan
          }
        }
        let x = GuardedMatrix(lines: lines, lanes: lanes) { values[$0 * lanes + $1] }
        let byLane = (0..<lanes).map { lane in
          greatest((0..<lines).map { values[$0 * lanes + lane] })
        }
        let byLine = (0..<lines).map { line in
          greatest(values[line * lanes..<(line + 1) * lanes])
        }
        let vertical = reduce(x, vertically: true, set.kernels.maximumVertical) {
          $1 == byLane[$0]
        }
        let horizontal = reduce(x, vertically: false, set.kernels.maximumHorizontal) {
          $1 == byLine[$0]
        }
        #expect(vertical == nil, "vertical, \(lines) lines of \(lanes)")
        #expect(horizontal == nil, "horizontal, \(lines) lines of \(lanes)")
      }
    }
  }

  @Test("finds the maximum in every place", arguments: InstructionSet.available)
  func places(set: InstructionSet) {
    for place in 0..<70 {
      let line = GuardedMatrix(lines: 1, lanes: 70) { $1 == place ? -1 : -2 }
      let lane = GuardedMatrix(lines: 70, lanes: 1) { line, _ in line == place ? -1 : -2 }
      let horizontal = reduce(line, vertically: false, set.kernels.maximumHorizontal) { $1 == -1 }
      let vertical = reduce(lane, vertically: true, set.kernels.maximumVertical) { $1 == -1 }
      #expect(horizontal == nil)
      #expect(vertical == nil)
    }
  }

  @Test("adds up within the error of floats", arguments: InstructionSet.available)
  func sum(set: InstructionSet) {
    var random = SeededGenerator(seed: 4)
    for lines in lineCounts {
      for lanes in laneCounts {
        let values = random.floats(lines * lanes)
        let matrix = Matrix(rows: lines, columns: lanes, values)
        let x = GuardedMatrix(lines: lines, lanes: lanes) { values[$0 * lanes + $1] }
        let (byLine, byLane) = (matrix.rowSums, matrix.transposed.rowSums)
        let (line, lane) = (matrix.magnitudes.rowSums, matrix.magnitudes.transposed.rowSums)
        let vertical = reduce(x, vertically: true, set.kernels.sumVertical) {
          abs(Double($1) - byLane[$0, 0]) <= gamma(lines) * lane[$0, 0]
        }
        let horizontal = reduce(x, vertically: false, set.kernels.sumHorizontal) {
          abs(Double($1) - byLine[$0, 0]) <= gamma(lanes) * line[$0, 0]
        }
        #expect(vertical == nil, "vertical, \(lines) lines of \(lanes)")
        #expect(horizontal == nil, "horizontal, \(lines) lines of \(lanes)")
      }
    }
  }

  private func greatest(_ values: some Sequence<Float>) -> Float {
    values.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
  }
}
