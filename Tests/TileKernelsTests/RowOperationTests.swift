import Foundation
import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("An operation on rows")
struct RowOperationTests {
  /// Rows of numbers, of −∞, of both, and of NaN among numbers.
  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64, nan: Bool = false) -> Matrix {
    var random = SeededGenerator(seed: seed)
    let x = random.matrix(rows, columns, in: -20...20)
    return Matrix(rows: rows, columns: columns) { i, j in
      switch i % 5 {
      case 1: -.infinity
      case 2 where j % 3 == 1: -.infinity
      case 3 where nan && j % 4 != 2: .nan
      default: x[i, j]
      }
    }
  }

  @Test("rowMax is the greatest element, NaN apart", arguments: Setting.all)
  func maximum(setting: Setting) throws {
    for (rows, columns) in shapes {
      let X = matrix(rows, columns, seed: 4, nan: true)
      let bench = Bench(setting)
      let x: HBMBlock<Queries, Keys> = bench.input(X)
      let m: HBMTensor<Queries, One> = bench.output(rows, 1)
      let operations = try bench.run { core in core.store(rowMax(core.load(x)), to: m.whole) }
      #expect(excess(bench.floats(of: m), over: X.rowMaxima, bound: .zeros(rows, 1)) == nil)
      #expect(operations == Operations(other: rows * columns))
    }
  }

  @Test("rowSum is the sum", arguments: Setting.all)
  func sum(setting: Setting) throws {
    var random = SeededGenerator(seed: 5)
    for (rows, columns) in shapes {
      let X = random.matrix(rows, columns)
      let bench = Bench(setting)
      let x: HBMBlock<Queries, Keys> = bench.input(X)
      let l: HBMTensor<Queries, One> = bench.output(rows, 1)
      let operations = try bench.run { core in core.store(rowSum(core.load(x)), to: l.whole) }
      let bound = gamma(columns) * X.magnitudes.rowSums
      #expect(excess(bench.floats(of: l), over: X.rowSums, bound: bound) == nil)
      #expect(operations == Operations(other: rows * columns))
    }
  }

  @Test("exp is within 2 ulp, and 0 in rows of −∞", arguments: Setting.all)
  func exponential(setting: Setting) throws {
    for (rows, columns) in shapes {
      let X = matrix(rows, columns, seed: 6)
      let m = X.rowMaxima
      let bench = Bench(setting)
      let x: HBMBlock<Queries, Keys> = bench.input(X)
      let maxima: HBMBlock<Queries, One> = bench.input(m)
      let p: HBMTensor<Queries, Keys> = bench.output(rows, columns)
      let operations = try bench.run { core in
        core.store(exp(core.loadWidened(x), minus: core.load(maxima)), to: p.whole)
      }
      let exact = Matrix(rows: rows, columns: columns) { i, j in
        // The difference is rounded; −∞ − (−∞) is −∞ here.
        X[i, j] == -.infinity ? 0 : exp(Double(Float(X[i, j]) - Float(m[i, 0])))
      }
      let bound = exact.map { $0 == 0 ? 0 : 2 * ulp(at: $0) }
      #expect(excess(bench.floats(of: p), over: exact, bound: bound) == nil)
      #expect(operations == Operations(exp: rows * columns, other: rows * columns))
    }
  }

  @Test("scaleRows multiplies with one rounding", arguments: Setting.all)
  func scale(setting: Setting) throws {
    var random = SeededGenerator(seed: 7)
    for (rows, columns) in shapes {
      let (X, s) = (random.matrix(rows, columns), random.matrix(rows, 1, in: -3...3))
      let bench = Bench(setting)
      let x: HBMBlock<Queries, Keys> = bench.input(X)
      let factors: HBMBlock<Queries, One> = bench.input(s)
      let y: HBMTensor<Queries, Keys> = bench.output(rows, columns)
      let operations = try bench.run { core in
        var Y = core.loadWidened(x)
        Y.scaleRows(by: core.load(factors))
        core.store(Y, to: y.whole)
      }
      let exact = Matrix(rows: rows, columns: columns) { i, j in
        Double(Float(X[i, j]) * Float(s[i, 0]))
      }
      #expect(excess(bench.floats(of: y), over: exact, bound: .zeros(rows, columns)) == nil)
      #expect(operations == Operations(other: rows * columns))
    }
  }

  @Test("divideRows divides, and makes rows 0 whose divisor is", arguments: Setting.all)
  func divide(setting: Setting) throws {
    var random = SeededGenerator(seed: 8)
    for (rows, columns) in shapes {
      let (X, s) = (random.matrix(rows, columns), random.matrix(rows, 1, in: 0.1...9))
      let d = Matrix(rows: rows, columns: 1) { i, _ in i % 3 == 2 ? 0 : s[i, 0] }
      let bench = Bench(setting)
      let x: HBMBlock<Queries, Keys> = bench.input(X)
      let divisors: HBMBlock<Queries, One> = bench.input(d)
      let y: HBMTensor<Queries, Keys> = bench.output(rows, columns)
      let operations = try bench.run { core in
        var Y = core.loadWidened(x)
        Y.divideRows(by: core.load(divisors))
        core.store(Y, to: y.whole)
      }
      let exact = Matrix(rows: rows, columns: columns) { i, j in
        d[i, 0] == 0 ? 0 : X[i, j] / d[i, 0]
      }
      // One rounding of the reciprocal, and one of the product.
      let bound = gamma(2) * exact.magnitudes
      #expect(excess(bench.floats(of: y), over: exact, bound: bound) == nil)
      #expect(operations == Operations(other: rows * (columns + 1)))
    }
  }
}
