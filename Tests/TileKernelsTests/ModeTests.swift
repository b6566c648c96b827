import HBMSim
import SIMDKernels
import TestSupport
import Testing
import TileKernels

@Suite("Tile operations")
struct ModeTests {
  /// Every operation once.
  private func operations(_ mode: Machine.Mode, _ setting: Setting) throws -> Operations {
    let bench = Bench(setting, mode: mode)
    let q: HBMBlock<Queries, Features> = bench.input(.zeros(17, 5))
    let k: HBMBlock<Keys, Features> = bench.input(.zeros(33, 5))
    let v: HBMBlock<Keys, ValueFeatures> = bench.input(.zeros(33, 7))
    let o: HBMTensor<Queries, ValueFeatures> = bench.output(17, 7)
    return try bench.run { core in
      let S = product(core.load(q), transposed: core.load(k), scaledBy: 0.5)
      let m = max(rowMax(S), core.vector(17, repeating: 0))
      let P = exp(S, minus: m)
      let l = rowSum(P) * exp(m, minus: m) + log(m)
      var O: Tile<Queries, ValueFeatures> = core.zeros(17, 7)
      O.addProduct(P, core.load(v))
      O.scaleRows(by: m)
      O.divideRows(by: l)
      core.store(O, to: o.whole)
    }
  }

  @Test("are counted the same whether there are numbers or not", arguments: Setting.all)
  func modes(setting: Setting) throws {
    let S = 17 * 33
    let expected = Operations(
      matmul: 2 * S * 5 + 2 * 17 * 7 * 33,
      exp: S + 17,
      // scale, rowMax, max; exp, rowSum, ·, exp of a vector, +, log; scaleRows, divideRows.
      other: S + S + 17 + S + S + 17 + 17 + 17 + 17 + 17 * 7 + 17 * 8)
    #expect(try operations(.count, setting) == expected)
    #expect(try operations(.execute, setting) == expected)
  }
}
