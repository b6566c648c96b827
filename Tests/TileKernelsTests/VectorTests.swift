import Foundation
import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A vector operation")
struct VectorTests {
  private typealias Vector = TileVector<Queries>

  /// Checks `operation` for vectors of every size, whose elements are all pairs from `a` and `b`.
  ///
  /// - Parameters:
  ///   - counts: What is counted an element.
  ///   - definition: The exact result, and how many ulp off it may be.
  private func check(
    _ setting: Setting, _ a: [Float], _ b: [Float], counts: Operations,
    _ operation: @Sendable (borrowing Vector, borrowing Vector) -> Vector,
    is definition: (Float, Float) -> (exact: Double, ulps: Double)
  ) throws {
    for size in sizes {
      let bench = Bench(setting)
      let A = Matrix(rows: size, columns: 1) { i, _ in Double(a[i % a.count]) }
      let B = Matrix(rows: size, columns: 1) { i, _ in Double(b[i / a.count % b.count]) }
      let x: HBMBlock<Queries, One> = bench.input(A)
      let y: HBMBlock<Queries, One> = bench.input(B)
      let z: HBMTensor<Queries, One> = bench.output(size, 1)
      let counted = try bench.run { core in
        core.store(operation(core.load(x), core.load(y)), to: z.whole)
      }
      let results = zip(A.floats, B.floats).map(definition)
      let exact = Matrix(rows: size, columns: 1) { i, _ in results[i].exact }
      let bound = Matrix(rows: size, columns: 1) { i, _ in
        results[i].ulps == 0 ? 0 : results[i].ulps * ulp(at: results[i].exact)
      }
      #expect(excess(bench.floats(of: z), over: exact, bound: bound) == nil)
      #expect(counted == Operations(exp: counts.exp * size, other: counts.other * size))
    }
  }

  private let values: [Float] = [1, -2.5, 0, 0.1, -.infinity, 7, 1e-20]
  private let one = Operations(other: 1)

  @Test("max is the greater", arguments: Setting.all)
  func maximum(setting: Setting) throws {
    try check(
      setting, values, values, counts: one, { max($0, $1) }, is: { (Double(max($0, $1)), 0) })
  }

  @Test("+ has one rounding", arguments: Setting.all)
  func sum(setting: Setting) throws {
    try check(setting, values, values, counts: one, { $0 + $1 }, is: { (Double($0 + $1), 0) })
  }

  @Test("· has one rounding", arguments: Setting.all)
  func product(setting: Setting) throws {
    let finite = values.filter(\.isFinite)
    try check(setting, finite, finite, counts: one, { $0 * $1 }, is: { (Double($0 * $1), 0) })
  }

  @Test("log is within an ulp, and −∞ at 0", arguments: Setting.all)
  func logarithm(setting: Setting) throws {
    let positive = values.filter { $0 >= 0 }
    try check(
      setting, positive, [1], counts: one, { a, _ in log(a) },
      is: { a, _ in (log(Double(a)), a == 0 ? 0 : 1) })
  }

  @Test("exp takes a maximum of −∞ for 0", arguments: Setting.all)
  func exponential(setting: Setting) throws {
    try check(
      setting, values.map { $0 - 7 }, values.map { $0 + 0.5 }, counts: Operations(exp: 1, other: 1),
      { exp($0, minus: $1) },
      is: { a, m in
        let difference = m == -.infinity ? a : a - m
        return difference == -.infinity ? (0, 0) : (exp(Double(difference)), 2)
      })
  }
}
