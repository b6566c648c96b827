import FlashCore
import HBMSim
import Testing

/// Where SRAM is so small that square tiling moves less than FlashAttention.
///
/// The main terms at M = x·d² elements are, in units of N², 4d/B + 1 for square tiling, 3d/B_c for
/// FlashAttention and 2d/B_r for FlashAttention-2.
@Suite("The crossing of square tiling")
struct CrossingTests {
  private let d = 128
  private let tokens = 4096

  /// Elements that a tiling moves, or nil where it does not fit.
  private func elements(_ algorithm: Algorithm, _ tiling: Tiling, _ sram: Capacity) -> Int? {
    try? AttentionPlan(
      algorithm, shape: AttentionShape(queries: tokens, headDim: d), tiling: tiling,
      on: machine(sram, mode: .count)
    ).closedForm.total.elements
  }

  /// Elements that the best of all squares moves, or of all blocks with a side that is a power of two.
  private func least(_ algorithm: Algorithm, _ M: Int) -> Int {
    var least = Int.max
    func longest(_ tiling: (Int) -> Tiling) {
      var (low, high) = (0, tokens)
      while low < high {
        let middle = (low + high + 1) / 2
        if let moved = elements(algorithm, tiling(middle), .elements(M)) {
          (low, least) = (middle, min(least, moved))
        } else {
          high = middle - 1
        }
      }
    }
    if algorithm == .squareTiling {
      longest { .blocks($0, $0) }
    } else {
      for exponent in 0..<8 {
        longest { .blocks(1 << exponent, $0) }
        longest { .blocks($0, 1 << exponent) }
      }
    }
    return least
  }

  /// The least x from which square tiling no longer moves less, in SRAM of x·d² elements.
  private func crossing(_ movesLess: (_ M: Int) -> Bool) -> Double {
    let steps = (3...300).map { Double($0) / 100 }
    return steps.first { !movesLess(Int($0 * Double(d * d))) } ?? .infinity
  }

  @Test("is at 1.53 d² where blocks are the papers', whether they fit or not")
  func papers() {
    // B = √(M/4), B_c = M/4d: 8/√x + 1 = 12/x at 1.67. But S is read d/B = 1.55 times there, which
    // are 2: 6/√x + 3 = 12/x.
    let crossing = crossing { M in
      let B = Int((Double(M) / 4).squareRoot())
      let Bc = (M + 4 * d - 1) / (4 * d)
      return elements(.squareTiling, .blocks(B, B), .unlimited)!
        < elements(.flash1, .blocks(min(Bc, d), Bc), .unlimited)!
    }
    print("Square tiling moves less than flash1, in the papers' blocks, below \(crossing) d².")
    #expect(abs(crossing - 1.528) < 0.03)
  }

  @Test("is at 0.6 d² against the best blocks that fit, and at 0.29 d² with queries outside")
  func best() {
    // B = √(M/3), and B_c or B_r = M/2d beside a single row or column: 4√3/√x + 1 = 6/x, or 4/x.
    for (algorithm, expected) in [(Algorithm.flash1, 0.605), (.flash2, 0.287)] {
      let crossing = crossing { least(.squareTiling, $0) < least(algorithm, $0) }
      print(
        "Square tiling moves less than \(algorithm), in their best blocks, below \(crossing) d².")
      #expect(abs(crossing - expected) < 0.06)
    }
  }

  @Test("is where blocks that fit are not too thin either", arguments: [Algorithm.flash1, .flash2])
  func fit(algorithm: Algorithm) {
    func movesLess(_ M: Int) -> Bool {
      elements(.squareTiling, .fit, .elements(M)) ?? .max
        < elements(algorithm, .fit, .elements(M)) ?? .max
    }
    let crossing = crossing(movesLess)
    print("Square tiling moves less than \(algorithm), in blocks of `fit`, below \(crossing) d².")
    #expect(0.2 < crossing && crossing < 2)
    // Where 4d elements do not fit, square tiling alone runs.
    #expect(movesLess(500) && elements(algorithm, .fit, .elements(500)) == nil)
  }
}
