import HBMSim
import TestSupport
import Testing
import TileKernels

/// Tiles of which some diagonals were asked for: what is left out makes no difference.
@Suite("Diagonals of a tile")
struct DiagonalTests {
  /// Rows, columns and depths of more than a register tile and a panel, and of less.
  private static let sizes = [5, 33, 100, 128]

  @Test("are masked, weighed and multiplied as if all had been computed", arguments: Setting.all)
  func attention(setting: Setting) throws {
    var random = SeededGenerator(seed: 21)
    for rows in Self.sizes {
      for columns in Self.sizes {
        for diagonals in [-200..<1, -7..<8, 3..<200, 20..<21, -rows..<columns, 0..<0] {
          let (Q, K) = (random.matrix(rows, 20), random.matrix(columns, 20))
          let (V, dO) = (random.matrix(columns, 70), random.matrix(rows, 70))
          let all = try results(setting, Q, K, V, dO, masked: diagonals, within: nil)
          let some = try results(setting, Q, K, V, dO, masked: diagonals, within: diagonals)
          #expect(some == all, "\(rows) × \(columns), \(diagonals)")
        }
      }
    }
  }

  /// P and PV of a forward pass; PᵀdO, dS·K and dSᵀQ of a backward pass.
  private func results(
    _ setting: Setting, _ Q: Matrix, _ K: Matrix, _ V: Matrix, _ dO: Matrix,
    masked: Range<Int>, within diagonals: Range<Int>?
  ) throws -> [[Float]] {
    let bench = Bench(setting)
    let q: HBMBlock<Queries, Features> = bench.input(Q)
    let k: HBMBlock<Keys, Features> = bench.input(K)
    let v: HBMBlock<Keys, ValueFeatures> = bench.input(V)
    let dO: HBMBlock<Queries, ValueFeatures> = bench.input(dO)
    let p: HBMTensor<Queries, Keys> = bench.output(Q.rows, K.rows)
    let o: HBMTensor<Queries, ValueFeatures> = bench.output(Q.rows, V.columns)
    let dV: HBMTensor<Keys, ValueFeatures> = bench.output(V.rows, V.columns)
    let dQ: HBMTensor<Queries, Features> = bench.output(Q.rows, Q.columns)
    let dK: HBMTensor<Keys, Features> = bench.output(K.rows, K.columns)
    _ = try bench.run { core in
      let Q = core.load(q)
      let K = core.load(k)
      let V = core.load(v)
      let dO = core.load(dO)
      var S = product(Q, transposed: K, scaledBy: 2, within: diagonals)
      S.keepColumns { row in masked.lowerBound + row..<masked.upperBound + row }
      let m = rowMax(S)
      let P = exp(S, minus: m)
      core.store(P, to: p.whole)
      var O: Tile<Queries, ValueFeatures> = core.zeros(Q.rows, V.columns)
      O.addProduct(P, V)
      core.store(O, to: o.whole)
      var sum: Tile<Keys, ValueFeatures> = core.zeros(V.rows, V.columns)
      sum.addProduct(transposed: P, dO)
      core.store(sum, to: dV.whole)
      let D: TileVector<Queries> = core.vector(Q.rows, repeating: 0.1)
      let dP = product(dO, transposed: V, within: diagonals)
      let dS = softmaxGradient(P, dP, minus: D)
      var queryGradient: Tile<Queries, Features> = core.zeros(Q.rows, Q.columns)
      queryGradient.addProduct(dS, K, scaledBy: 0.5)
      core.store(queryGradient, to: dQ.whole)
      var keyGradient: Tile<Keys, Features> = core.zeros(K.rows, K.columns)
      keyGradient.addProduct(transposed: dS, Q, scaledBy: 0.5)
      core.store(keyGradient, to: dK.whole)
    }
    return [
      bench.floats(of: p), bench.floats(of: o), bench.floats(of: dV), bench.floats(of: dQ),
      bench.floats(of: dK),
    ]
  }

  @Test("are computed, and most of what is outside is left out", arguments: Setting.all)
  func omission(setting: Setting) throws {
    let size = 128
    let ones = Matrix(rows: size, columns: 3, Array(repeating: 1, count: 3 * size))
    let bench = Bench(setting)
    let a: HBMBlock<Queries, Features> = bench.input(ones)
    let b: HBMBlock<Keys, Features> = bench.input(ones)
    let c: HBMTensor<Queries, Keys> = bench.output(size, size)
    for diagonals in [-size..<1, -10..<10, 64..<size] {
      let operations = try bench.run { core in
        core.store(
          product(core.load(a), transposed: core.load(b), within: diagonals), to: c.whole)
      }
      let C = bench.floats(of: c)
      var (inside, outside, left) = (0, 0, 0)
      for row in 0..<size {
        for column in 0..<size {
          let value = C[row * size + column]
          if diagonals.contains(column - row) {
            inside += value == 3 ? 1 : 0
          } else {
            outside += 1
            left += value == 0 ? 1 : 0
            #expect(value == 0 || value == 3)
          }
        }
      }
      #expect(inside == size * size - outside)
      #expect(2 * left > outside, "\(diagonals): \(left) of \(outside)")
      // The machine that is counted computes whole tiles.
      #expect(operations == Operations(matmul: 2 * size * size * 3))
    }
  }
}
