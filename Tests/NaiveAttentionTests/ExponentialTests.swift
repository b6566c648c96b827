import Foundation
import NaiveAttention
import Testing

@Suite("The exponential of the softmax")
struct ExponentialTests {
  @Test("is within the documented 1 ulp on [−87.33654, 0]")
  func sweep() {
    var worst = 0.0
    // Every 1021st of the bit patterns; a sweep of all found 0.989 ulp.
    var pattern = Float(-0.0).bitPattern
    let last = Float(-87.33654).bitPattern
    while pattern <= last {
      var x = Lanes.zero
      for lane in x.indices {
        x[lane] = Float(bitPattern: min(pattern, last))
        pattern += 1021
      }
      let y = exponential(x)
      for lane in x.indices {
        let exact = exp(Double(x[lane]))
        worst = max(worst, abs(Double(y[lane]) - exact) / Double(Float(exact).ulp))
      }
    }
    #expect(worst <= 1)
    #expect(worst > 0.9, "The documented bound is loose.")
  }

  @Test("is exact at its edges")
  func edges() {
    let belowNormal = Float(-87.33654).nextDown
    let y = exponential(
      [0, -0.0, belowNormal, -103, -1e30, -.greatestFiniteMagnitude, -.infinity, .nan])
    #expect((0..<2).allSatisfy { y[$0] == 1 })
    #expect((2..<7).allSatisfy { y[$0] == 0 && y[$0].sign == .plus })
    #expect(y[7].isNaN)
    let least = exponential(Lanes(repeating: -87.33654))[3]
    #expect(least.isNormal)
  }
}
