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

  @Test("exp that adds up rows is exp, and adds their sums", arguments: Setting.all)
  func exponentialSums(setting: Setting) throws {
    var random = SeededGenerator(seed: 12)
    for (rows, columns) in shapes {
      let X = matrix(rows, columns, seed: 13)
      let sums = random.matrix(rows, 1, in: 0...5)
      // Of all elements, and of those of some diagonals, outside of which all is −∞.
      for diagonals in [nil, -3..<9] as [Range<Int>?] {
        let bench = Bench(setting)
        let x: HBMBlock<Queries, Keys> = bench.input(X)
        let maxima: HBMBlock<Queries, One> = bench.input(X.rowMaxima)
        let before: HBMBlock<Queries, One> = bench.input(sums)
        let plain: HBMTensor<Queries, Keys> = bench.output(rows, columns)
        let summed: HBMTensor<Queries, Keys> = bench.output(rows, columns)
        let after: HBMTensor<Queries, One> = bench.output(rows, 1)
        let operations = try bench.run { core in
          let m = core.load(maxima)
          var l = core.loadWidened(before)
          core.store(exp(masked(core, x, diagonals), minus: m), to: plain.whole)
          let P = exp(masked(core, x, diagonals), minus: m, addingRowSumsTo: &l)
          core.store(P, to: summed.whole)
          core.store(l, to: after.whole)
        }
        #expect(bench.floats(of: summed) == bench.floats(of: plain))
        let P = Matrix(rows: rows, columns: columns, bench.floats(of: plain))
        let exact = sums + P.rowSums
        #expect(
          excess(bench.floats(of: after), over: exact, bound: gamma(columns + 1) * exact) == nil)
        if diagonals == nil {
          #expect(operations == Operations(exp: 2 * rows * columns, other: 3 * rows * columns))
        }
      }
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

/// A tile that was asked for some diagonals, with all else −∞; or the whole of it.
private func masked(
  _ core: borrowing Core, _ block: HBMBlock<Queries, Keys>, _ diagonals: Range<Int>?
) -> Tile<Queries, Keys> {
  guard let diagonals else { return core.loadWidened(block) }
  let zeros: Tile<Queries, Features> = core.zeros(block.rows, 1)
  let others: Tile<Keys, Features> = core.zeros(block.columns, 1)
  var tile = product(zeros, transposed: others, within: diagonals)
  tile.addElements(of: core.load(block))
  tile.keepColumns { row in row + diagonals.lowerBound..<row + diagonals.upperBound }
  return tile
}
