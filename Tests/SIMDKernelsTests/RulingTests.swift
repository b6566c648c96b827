import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A ruling")
struct RulingTests {
  /// Ranges from well before a line's places to well behind, many of them empty.
  private func ranges(
    _ count: Int, of places: Int, _ random: inout SeededGenerator
  ) -> [Range<Int>] {
    (0..<count).map { _ in
      let (a, b) = (
        Int.random(in: -5...places + 5, using: &random),
        Int.random(in: -5...places + 5, using: &random)
      )
      return min(a, b)..<max(a, b)
    }
  }

  /// What is wrong with `kernel`, which rules out the places that `isRuledOut`; nil if nothing is.
  private func fault(
    _ kernel: Kernels.Ruling, _ lines: Int, _ lanes: Int, _ ranges: [Range<Int>],
    _ isRuledOut: (_ line: Int, _ lane: Int) -> Bool
  ) -> String? {
    let x = GuardedMatrix(lines: lines, lanes: lanes) { Float($0 * 200 + $1) }
    let lower = GuardedMatrix(lines: 1, lanes: ranges.count) { Float(ranges[$1].lowerBound) }
    let upper = GuardedMatrix(lines: 1, lanes: ranges.count) { Float(ranges[$1].upperBound) }
    kernel(x.base, lines, lanes, x.stride, lower.base, upper.base)
    return x.fault { $2 == (isRuledOut($0, $1) ? -.infinity : Float($0 * 200 + $1)) }
  }

  @Test(
    "is −∞ outside or inside a range, for all small shapes", arguments: InstructionSet.available)
  func values(set: InstructionSet) {
    var random = SeededGenerator(seed: 8)
    let kernels = set.kernels
    for lines in lineCounts {
      for lanes in laneCounts {
        let byLane = ranges(lanes, of: lines, &random)
        let byLine = ranges(lines, of: lanes, &random)
        let faults = [
          fault(kernels.keepVertical, lines, lanes, byLane) { !byLane[$1].contains($0) },
          fault(kernels.dropVertical, lines, lanes, byLane) { byLane[$1].contains($0) },
          fault(kernels.keepHorizontal, lines, lanes, byLine) { !byLine[$0].contains($1) },
          fault(kernels.dropHorizontal, lines, lanes, byLine) { byLine[$0].contains($1) },
        ]
        #expect(faults == [nil, nil, nil, nil], "\(lines) lines of \(lanes)")
      }
    }
  }

  @Test("rules NaN out too", arguments: InstructionSet.available)
  func notANumber(set: InstructionSet) {
    let none: Float = 0
    let x = GuardedMatrix(lines: 1, lanes: 1) { _, _ in .nan }
    for kernel in [set.kernels.keepVertical, set.kernels.keepHorizontal] {
      x.base[0] = .nan
      let bound = GuardedMatrix(lines: 1, lanes: 1) { _, _ in none }
      kernel(x.base, 1, 1, x.stride, bound.base, bound.base)
      #expect(x.fault { $2 == -.infinity } == nil)
    }
  }
}
