import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A kernel of the backward pass")
struct GradientTests {
  /// A matrix of every small shape, another, and numbers by lane and by line.
  private struct Operands {
    let lines: Int
    let lanes: Int
    let x: [Float]
    let y: [Float]
    let byLane: [Float]
    let byLine: [Float]

    /// What is wrong with what `kernel` makes of x; nil if nothing is.
    func fault(
      _ kernel: (_ x: borrowing GuardedMatrix, _ y: borrowing GuardedMatrix) -> Void,
      _ exact: (_ x: Float, _ y: Float, _ line: Int, _ lane: Int) -> Float
    ) -> String? {
      let matrix = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
      let other = GuardedMatrix(lines: lines, lanes: lanes, gap: 5) { y[$0 * lanes + $1] }
      kernel(matrix, other)
      return matrix.fault { $2 == exact(x[$0 * lanes + $1], y[$0 * lanes + $1], $0, $1) }
        ?? other.fault { $2 == y[$0 * lanes + $1] }
    }
  }

  private func withEveryShape(seed: UInt64, _ body: (Operands) -> Void) {
    var random = SeededGenerator(seed: seed)
    for lines in lineCounts {
      for lanes in laneCounts {
        body(
          Operands(
            lines: lines, lanes: lanes, x: random.floats(lines * lanes),
            y: random.floats(lines * lanes), byLane: random.floats(lanes),
            byLine: random.floats(lines)))
      }
    }
  }

  @Test("takes a softmax's gradient with two roundings", arguments: InstructionSet.available)
  func softmax(set: InstructionSet) {
    let kernels = set.kernels
    withEveryShape(seed: 11) { operands in
      let (lines, lanes) = (operands.lines, operands.lanes)
      let (byLane, byLine) = (operands.byLane, operands.byLine)
      let lane = GuardedMatrix(lines: 1, lanes: lanes) { byLane[$1] }
      let line = GuardedMatrix(lines: 1, lanes: lines) { byLine[$1] }
      let (v, h) = (lane.base, line.base)
      let faults = [
        operands.fault({
          kernels.softmaxGradientVertical($0.base, lines, lanes, $0.stride, $1.base, $1.stride, v)
        }) { x, y, _, lane in y * (x - byLane[lane]) },
        operands.fault({
          kernels.softmaxGradientHorizontal($0.base, lines, lanes, $0.stride, $1.base, $1.stride, h)
        }) { x, y, line, _ in y * (x - byLine[line]) },
      ]
      #expect(faults == [nil, nil], "\(lines) lines of \(lanes)")
    }
  }

  @Test("adds up products within the error of floats", arguments: InstructionSet.available)
  func productSums(set: InstructionSet) {
    withEveryShape(seed: 12) { operands in
      let (lines, lanes) = (operands.lines, operands.lanes)
      let a = GuardedMatrix(lines: lines, lanes: lanes) { operands.x[$0 * lanes + $1] }
      let b = GuardedMatrix(lines: lines, lanes: lanes, gap: 5) { operands.y[$0 * lanes + $1] }
      let products = Matrix(rows: lines, columns: lanes) {
        Double(operands.x[$0 * lanes + $1]) * Double(operands.y[$0 * lanes + $1])
      }
      // By line, a result is written exactly; by lane, up to whole vectors.
      let vertical = GuardedMatrix(lines: 1, lanes: lanes)
      set.kernels.productSumVertical(
        a.base, b.base, lines, lanes, a.stride, b.stride, vertical.base)
      let byLane = (products.transposed.rowSums, products.transposed.magnitudes.rowSums)
      let verticalFault = vertical.fault {
        abs(Double($2) - byLane.0[$1, 0]) <= gamma(lines) * byLane.1[$1, 0]
      }
      let horizontal = GuardedMatrix(lines: 1, lanes: lines, isExact: true)
      set.kernels.productSumHorizontal(
        a.base, b.base, lines, lanes, a.stride, b.stride, horizontal.base)
      let byLine = (products.rowSums, products.magnitudes.rowSums)
      let horizontalFault = horizontal.fault {
        abs(Double($2) - byLine.0[$1, 0]) <= gamma(lanes) * byLine.1[$1, 0]
      }
      #expect(verticalFault == nil, "vertical, \(lines) lines of \(lanes)")
      #expect(horizontalFault == nil, "horizontal, \(lines) lines of \(lanes)")
    }
  }
}
