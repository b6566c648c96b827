import Foundation
import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("Kernels.softcap")
struct SoftcapTests {
  private static let caps: [Float] = [1, 30, 50, 0.37]

  @Test("is at most 3 ulp from c · tanh(x / c)", arguments: InstructionSet.available)
  func accuracy(set: InstructionSet) {
    var worst = (ulp: 0.0, x: Float(0), cap: Float(0))
    for cap in Self.caps {
      let kernel = { set.kernels.softcap($0, 1, $1, $1, cap) }
      let compare = { (x: Float, value: Float) in
        let ulp = ulpDistance(value, from: Double(cap) * tanh(Double(x) / Double(cap)))
        if !(ulp <= worst.ulp) { worst = (ulp, x, cap) }
      }
      for sign: UInt32 in [0, 0x8000_0000] {
        // Where the curve bends, and with larger steps everywhere.
        let bend = (cap * 0x1p-12).bitPattern...(cap * 16).bitPattern
        sweep(
          (sign | bend.lowerBound)...(sign | bend.upperBound), step: sweepStep(211), kernel,
          compare)
        let end = Float.greatestFiniteMagnitude.bitPattern
        sweep(sign...(sign | end), step: 4999, kernel, compare)
      }
    }
    print("softcap, \(set): at most \(worst.ulp) ulp, at \(worst.x) with cap \(worst.cap)")
    #expect(worst.ulp <= 3, "at \(worst.x), cap \(worst.cap)")
  }

  @Test("has limits and signs, and keeps NaN", arguments: InstructionSet.available)
  func specialValues(set: InstructionSet) {
    for cap in Self.caps + [0x1p-126, 0x1p126] {
      let pairs: [(Float, Float)] = [
        (.infinity, cap), (-.infinity, -cap), (0, 0), (-0.0, -0.0),
        (.leastNonzeroMagnitude, .leastNonzeroMagnitude),
        (.nan, .nan), (-Float.nan, .nan),
      ]
      for (x, wanted) in pairs {
        let matrix = GuardedMatrix(lines: 1, lanes: 1) { _, _ in x }
        set.kernels.softcap(matrix.base, 1, 1, matrix.stride, cap)
        #expect(
          matrix.fault { wanted.isNaN ? $2.isNaN : $2.bitPattern == wanted.bitPattern } == nil,
          "\(x), cap \(cap)")
      }
    }
  }

  @Test("and its derivative map all small shapes", arguments: InstructionSet.available)
  func shapes(set: InstructionSet) {
    var random = SeededGenerator(seed: 9)
    for lines in lineCounts {
      for lanes in laneCounts {
        let x = random.floats(lines * lanes, in: -60...60)
        var capped = random.floats(lines * lanes, in: -30...30)
        for i in capped.indices where i % 11 < 3 { capped[i] = [30, -30, -.infinity][i % 11] }
        let value = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
        let gradient = GuardedMatrix(lines: lines, lanes: lanes) { x[$0 * lanes + $1] }
        let other = GuardedMatrix(lines: lines, lanes: lanes, gap: 5) { capped[$0 * lanes + $1] }
        set.kernels.softcap(value.base, lines, lanes, value.stride, 30)
        set.kernels.softcapDerivative(
          gradient.base, lines, lanes, gradient.stride, other.base, other.stride, 30)
        #expect(
          value.fault { ulpDistance($2, from: 30 * tanh(Double(x[$0 * lanes + $1]) / 30)) <= 3 }
            == nil, "\(lines) lines of \(lanes)")
        let fault = gradient.fault {
          let t = Double(capped[$0 * lanes + $1])
          let exact = Double(x[$0 * lanes + $1]) * (t.isInfinite ? 0 : (900 - t * t) / 900)
          return abs(Double($2) - exact) <= gamma(8) * abs(exact)
        }
        #expect(fault == nil, "derivative, \(lines) lines of \(lanes)")
      }
    }
  }
}
