// Release builds, which users run, have no testable imports; a law is internal.
#if DEBUG
  import Foundation
  import Testing

  @testable import flashsim

  @Suite("A power law")
  struct PowerLawTests {
    private static let grid: [[Double]] = [1.0, 2, 5].flatMap { x in
      [3.0, 7].flatMap { y in [1e-3, 1, 1e6].map { z in [x, y, z] } }
    }

    private func columns(_ points: [[Double]]) -> [[Double]] {
      (points.first ?? []).indices.map { k in points.map { $0[k] } }
    }

    @Test("that is exact is found again", arguments: 0..<20)
    func exact(seed: Int) throws {
      var generator = SplitMix(state: UInt64(seed))
      let exponents = (0..<3).map { _ in Double.random(in: -3...3, using: &generator) }
      let constant = Double.random(in: 1e-6...1e6, using: &generator)
      let values = Self.grid.map { point in
        zip(point, exponents).reduce(constant) { $0 * pow($1.0, $1.1) }
      }
      let law = PowerLaw(factors: columns(Self.grid), values: values)
      for (found, expected) in zip(law.exponents, exponents) {
        #expect(abs(try #require(found) - expected) < 1e-12, "seed \(seed)")
      }
      #expect(abs(try #require(law.constant) / constant - 1) < 1e-11, "seed \(seed)")
      #expect(try #require(law.rSquared) > 1 - 1e-12, "seed \(seed)")
      #expect(law.inseparable.isEmpty)
    }

    @Test("is the one that leaves the least squares, and R² what it leaves")
    func leastSquares() throws {
      // log y = 0, 1, 5 at log x = 0, 1, 2: slope 5/2, mean 2; residues ½, −1, ½; variation 14.
      let e = M_E
      let law = PowerLaw(factors: [[1, e, e * e]], values: [1, e, pow(e, 5)])
      #expect(abs(try #require(law.exponents[0]) - 2.5) < 1e-12)
      #expect(abs(try #require(law.constant) - exp(-0.5)) < 1e-12)
      #expect(abs(try #require(law.rSquared) - (1 - 1.5 / 14)) < 1e-12)
    }

    @Test("has no exponents of factors that move together, and has those of the others")
    func collinear() throws {
      // w = x²·y moves with x and y; z stands alone.
      let points = Self.grid.map { $0 + [$0[0] * $0[0] * $0[1]] }
      let values = points.map { 2 * $0[0] * pow($0[2], -1.5) }
      for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let law = PowerLaw(
          factors: columns(points.map { point in order.map { point[$0] } }), values: values)
        #expect(law.inseparable == [order.indices.filter { order[$0] != 2 }])
        #expect(law.constant == nil)
        for (k, factor) in order.enumerated() {
          if factor != 2 { #expect(law.exponents[k] == nil) }
        }
        let alone = try #require(order.firstIndex(of: 2))
        #expect(abs(try #require(law.exponents[alone]) + 1.5) < 1e-12)
        #expect(try #require(law.rSquared) > 1 - 1e-12)
      }
    }

    @Test("keeps apart the sets of factors that move together")
    func sets() {
      let points = Self.grid.map { [$0[0], $0[1], $0[0] * 3, $0[2], pow($0[1], -0.5), 7] }
      let law = PowerLaw(factors: columns(points), values: points.map { $0[3] })
      #expect(law.inseparable == [[0, 2], [1, 4], [5]])
      #expect(law.exponents.map { $0 == nil } == [true, true, true, false, true, true])
    }

    @Test("joins the sets that have a factor in common")
    func joinedSets() {
      let points = Self.grid.map { [$0[0], $0[0] * $0[0], $0[1], pow($0[0], -1), $0[2]] }
      let law = PowerLaw(factors: columns(points), values: points.map { $0[2] })
      #expect(law.inseparable == [[0, 1, 3]])
    }

    @Test("of one point, or of values that never vary, claims nothing")
    func degenerate() throws {
      let one = PowerLaw(factors: [[8], [9]], values: [10])
      #expect(one.exponents == [nil, nil] && one.rSquared == nil && one.constant == nil)
      #expect(one.inseparable == [[0], [1]])
      let flat = PowerLaw(factors: [[1, 2, 3]], values: [5, 5, 5])
      #expect(flat.rSquared == nil)
      #expect(abs(try #require(flat.exponents[0])) < 1e-12)
      #expect(abs(try #require(flat.constant) - 5) < 1e-12)
    }

    @Test("with fewer points than factors has none that they do not tell")
    func underdetermined() {
      let law = PowerLaw(factors: [[1, 2], [3, 5], [4, 4]], values: [1, 7])
      #expect(law.inseparable == [[0, 1], [2]])
      #expect(law.exponents == [nil, nil, nil])
    }
  }

  /// Numbers that depend on the seed alone.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
#endif
