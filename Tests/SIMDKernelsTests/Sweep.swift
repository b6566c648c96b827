import Foundation

/// `step`, or 1 where sweeps try every float, which takes minutes: FLASHSIM_SWEEP=all.
func sweepStep(_ step: UInt32) -> UInt32 {
  ProcessInfo.processInfo.environment["FLASHSIM_SWEEP"] == "all" ? 1 : step
}

/// Calls `body` with the floats whose bits are in a range, `step` apart, and what `kernel` makes of
/// them.
func sweep(
  _ bits: ClosedRange<UInt32>, step: UInt32,
  _ kernel: (_ line: UnsafeMutablePointer<Float>, _ lanes: Int) -> Void,
  _ body: (_ x: Float, _ value: Float) -> Void
) {
  let chunk = 4096
  var x = [Float](repeating: 0, count: chunk)
  var values = x
  var pattern = UInt64(bits.lowerBound)
  while pattern <= UInt64(bits.upperBound) {
    for i in 0..<chunk {
      let next = min(pattern + UInt64(i) * UInt64(step), UInt64(bits.upperBound))
      x[i] = Float(bitPattern: UInt32(next))
      values[i] = x[i]
    }
    values.withUnsafeMutableBufferPointer { kernel($0.baseAddress!, chunk) }
    for i in 0..<chunk { body(x[i], values[i]) }
    pattern += UInt64(chunk) * UInt64(step)
  }
}
