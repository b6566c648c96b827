import Foundation
import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("Kernels.exponentialHorizontal")
struct ExponentialTests {
  /// Calls `body` with the floats whose bits are in a range, and what the kernel makes of them.
  private func sweep(
    _ set: InstructionSet, _ bits: ClosedRange<UInt32>,
    _ body: (_ x: Float, _ value: Float) -> Void
  ) {
    let zero: Float = 0
    SIMDKernelsTests.sweep(
      bits, step: sweepStep(97),
      { line, lanes in
        withUnsafePointer(to: zero) {
          set.kernels.exponentialHorizontal(line, 1, lanes, lanes, $0)
        }
      }, body)
  }

  @Test("is as near exp over [−87, 0] as documented", arguments: InstructionSet.available)
  func accuracy(set: InstructionSet) {
    var worst = (ulp: 0.0, x: Float(0))
    sweep(set, Float(-0.0).bitPattern...Float(-87).bitPattern) { x, value in
      let ulp = ulpDistance(value, from: exp(Double(x)))
      if !(ulp <= worst.ulp) { worst = (ulp, x) }
    }
    print("exp, \(set): at most \(worst.ulp) ulp, at \(worst.x)")
    let documented = set == .baseline ? 1.2 : set == .avx512 ? 0.6 : 0.9
    #expect(worst.ulp <= documented, "at \(worst.x)")
  }

  @Test("is exactly 0 below −87.34 and at −∞", arguments: InstructionSet.available)
  func underflow(set: InstructionSet) {
    var count = 0
    sweep(set, Float(-87.34).nextDown.bitPattern...(-Float.infinity).bitPattern) { _, value in
      if value.bitPattern != 0 { count += 1 }
    }
    #expect(count == 0)
  }

  @Test("is NaN at NaN, whatever its payload", arguments: InstructionSet.available)
  func notANumber(set: InstructionSet) {
    var count = 0
    for sign: UInt32 in [0, 0x8000_0000] {
      sweep(set, (sign | 0x7F80_0001)...(sign | 0x7FFF_FFFF)) { x, value in
        if !value.isNaN { count += 1 }
      }
    }
    #expect(count == 0)
  }

  @Test("is 1 at 0", arguments: InstructionSet.available)
  func one(set: InstructionSet) {
    for zero: Float in [0, -0.0] {
      sweep(set, zero.bitPattern...zero.bitPattern) { _, value in #expect(value == 1) }
    }
  }
}
