import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("A map by distances")
struct DistanceTests {
  @Test(
    "subtracts a multiple of them with two roundings, for all small shapes",
    arguments: InstructionSet.available)
  func values(set: InstructionSet) {
    var random = SeededGenerator(seed: 10)
    for lines in lineCounts {
      for lanes in laneCounts {
        let slope = Float.random(in: -1...1, using: &random)
        var x = random.floats(lines * lanes, in: -9...9)
        for i in x.indices where i % 13 == 5 { x[i] = -.infinity }
        // Within, before and behind the matrix, and a million places away.
        var positions = (0..<max(lines, lanes)).map { Float($0 * 29 % 171 - 20) }
        for i in positions.indices where i % 7 == 3 { positions[i] *= 10_007 }
        for isVertical in [true, false] {
          let matrix = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
          let parameter = GuardedMatrix(lines: 1, lanes: isVertical ? lanes : lines) {
            positions[$1]
          }
          let kernel =
            isVertical ? set.kernels.distancesVertical : set.kernels.distancesHorizontal
          kernel(matrix.base, lines, lanes, matrix.stride, parameter.base, slope)
          let fault = matrix.fault { line, lane, value in
            isTwoRoundings(
              value, from: x[line * lanes + lane], slope,
              Double(positions[isVertical ? lane : line]) - Double(isVertical ? line : lane))
          }
          #expect(fault == nil, "vertical: \(isVertical), \(lines) lines of \(lanes)")
        }
      }
    }
  }

  /// Whether `value` is x − slope · |distance|, with the product rounded and then the difference.
  private func isTwoRoundings(
    _ value: Float, from x: Float, _ slope: Float, _ distance: Double
  ) -> Bool {
    if x == -.infinity { return value == x }
    let bias = Double(slope) * abs(distance)
    let exact = Double(x) - bias
    return abs(Double(value) - exact) <= gamma(2) * abs(bias) + gamma(1) * abs(exact)
  }
}
